-- A clock that moved to another zone is judged in that zone: every request is folded anew by the processes that know it.

INSERT INTO touched (request)
SELECT DISTINCT request
  FROM request_fact
 ORDER BY request;
