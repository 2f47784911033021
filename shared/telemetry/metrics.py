"""Names of the figures that the foundation keeps. Labels are names of topics, projections and numbers of partitions; nothing else."""

from prometheus_client import Counter, Gauge, Histogram

RELAYED = Counter("mla_relay_facts_total", "Facts acknowledged by Kafka, copies included", ["topic"])
RELAY_RESENDS = Counter("mla_relay_resends_total", "Pages sent again from the last acknowledged one")
RELAY_TAKEOVERS = Counter("mla_relay_takeovers_total", "How often this process became the relay")
RELAY_PAGE_SECONDS = Histogram("mla_relay_page_seconds", "Time from the first send of a page to its last acknowledgement")
RELAY_BACKLOG = Gauge("mla_relay_backlog_facts", "Committed facts that Kafka has not acknowledged (counted up to ten thousand)")
RELAY_BACKLOG_AGE = Gauge("mla_relay_backlog_age_seconds", "Age of the oldest committed fact that Kafka has not acknowledged")
RELAY_HALTED = Gauge("mla_relay_halted", "1 when the relay has stopped itself and an operator must act", ["reason"])
WATERMARK = Gauge("mla_watermark_timestamp_seconds", "Everything recorded before this moment is committed and delivered", ["topic"])

APPLIED = Counter("mla_projection_facts_total", "Facts applied", ["projection"])
SKIPPED = Counter("mla_projection_skipped_total", "Copies and early records skipped", ["projection", "why"])
FENCED = Counter("mla_projection_fenced_total", "Batches given up because another member had moved the position", ["projection"])
PARKED = Counter("mla_projection_parked_total", "Facts parked", ["projection"])
PROJECTION_HALTED = Gauge("mla_projection_halted", "1 when too many facts were parked and the consumer has stopped itself", ["projection"])
GAP_SECONDS = Gauge("mla_projection_gap_seconds", "How long a number has been missing", ["projection", "topic", "partition"])
LAG = Gauge("mla_projection_lag_records", "Records in the topic that the projection has not passed", ["projection", "topic", "partition"])
LAST_FACT = Gauge("mla_projection_last_fact_timestamp_seconds", "When the newest applied fact was recorded", ["projection"])
LOOP_FAILURES = Counter("mla_loop_failures_total", "Faults caught at the top of a loop", ["loop"])
