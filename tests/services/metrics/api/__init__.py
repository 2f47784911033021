"""Tests of the public interface of metrics."""
