"""The public interface of notifications."""
