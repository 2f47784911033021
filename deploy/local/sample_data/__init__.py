"""The sample: authorities, keys and about 400 requests of two years, loaded through the public interface. `python -m deploy.local.sample_data`.

How many requests of which kind follows published volumes (`volumes`, `shape`); what happens to each is invented (`courses`). No SQL lives here.
"""
