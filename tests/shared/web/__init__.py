"""What every public interface shares."""
