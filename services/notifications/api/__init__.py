"""The public interface of notifications, one module a resource, its schemas beside it. No rule and no SQL in here."""
