"""The public interface of the request service, one module a resource. No rule and no SQL in here."""
