"""The public interface of metrics, one module a resource. No count and no SQL in here."""
