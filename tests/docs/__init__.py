"""Tests of what people read: commands in it are carried out, lists in it are complete, links lead somewhere."""
