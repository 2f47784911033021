"""What every public interface shares: problems, authentication, paging, conditional and repeated requests, documents.

The only room outside `services/*/api` and the console that imports flask. No SQL, no rule of any service.
"""
