-- Keys of named officers.

-- include: shared/storage/sql/officer.sql
