-- Which requests were ever said to be confidential is found among many without their facts.

CREATE INDEX request_fact_confidential ON request_fact (request)
 WHERE 'confidential' IN (members ->> 'confidentiality', members -> 'changes' ->> 'confidentiality', members -> 'values' ->> 'confidentiality');
