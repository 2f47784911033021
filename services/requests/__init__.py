"""The request service: the only writer of request streams and of the directory.

Its rules live in `domain`, its statements in `queries`, its interface in `api`. Nothing of another service may be imported here.
"""
