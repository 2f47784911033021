"""The board of the processes: are they there, how much do they answer, how often wrongly, how fast."""

from deploy.grafana.shapes import Board, Panel, Row, Series

PROCESSES = Row(
    "Processes",
    (
        Panel(
            title="Processes",
            description="Whether Prometheus could read the figures of each process at the last attempt.",
            kind="stat",
            series=(Series('min by (process) (up{job="rogatory"})', "{{process}}"),),
            says={"1": "answers", "0": "AWAY"},
            otherwise="not known",
            width=24,
            height=7,
            runbooks=("ProcessDown",),
        ),
        Panel(
            title="Faults caught, a minute",
            description="Faults that a loop caught and went on after. A few around a restart are ordinary.",
            kind="timeseries",
            series=(Series("sum by (process, loop) (rate(mla_loop_failures_total[$__rate_interval])) * 60", "{{process}} {{loop}}"),),
            unit="none",
            width=12,
            runbooks=("LoopFailing",),
        ),
    ),
)

CALLS = Row(
    "Interfaces",
    (
        Panel(
            title="Calls, a second",
            description="How many calls each interface answers. Health questions are not counted.",
            kind="timeseries",
            series=(Series("sum by (service) (rate(mla_http_call_seconds_count[$__rate_interval]))", "{{service}}"),),
            unit="reqps",
            width=8,
            height=8,
        ),
        Panel(
            title="Share of calls that fail",
            description="Calls that end with a fault of ours (5xx). Refusals of wrong calls (4xx) are no faults.",
            kind="timeseries",
            series=(
                Series(
                    'sum by (service) (rate(mla_http_call_seconds_count{status="5xx"}[$__rate_interval])) '
                    "/ sum by (service) (rate(mla_http_call_seconds_count[$__rate_interval]))",
                    "{{service}}",
                ),
            ),
            unit="percentunit",
            width=8,
            height=8,
            runbooks=("ApiErrors",),
        ),
        Panel(
            title="Time to answer, nineteen of twenty",
            description="Nineteen of twenty calls are answered within this time.",
            kind="timeseries",
            series=(Series("histogram_quantile(0.95, sum by (service, le) (rate(mla_http_call_seconds_bucket[$__rate_interval])))", "{{service}}"),),
            unit="s",
            width=8,
            height=8,
            runbooks=("ApiSlow",),
        ),
        Panel(
            title="Time to answer, one of two",
            description="Half of the calls are answered within this time.",
            kind="timeseries",
            series=(Series("histogram_quantile(0.5, sum by (service, le) (rate(mla_http_call_seconds_bucket[$__rate_interval])))", "{{service}}"),),
            unit="s",
            width=12,
            height=7,
        ),
        Panel(
            title="Answers by class",
            description="What is answered: 2xx done, 3xx unchanged, 4xx refused, 5xx failed.",
            kind="timeseries",
            series=(Series("sum by (service, status) (rate(mla_http_call_seconds_count[$__rate_interval]))", "{{service}} {{status}}"),),
            unit="reqps",
            width=12,
            height=7,
        ),
    ),
)

MACHINE = Row(
    "What the daemons use",
    (
        Panel(
            title="Memory",
            description="Resident memory of each daemon. It should be flat over days.",
            kind="timeseries",
            series=(Series("max by (process) (process_resident_memory_bytes)", "{{process}}"),),
            unit="bytes",
            width=12,
            height=7,
        ),
        Panel(
            title="Processor",
            description="Share of one processor core that each daemon uses.",
            kind="timeseries",
            series=(Series("max by (process) (rate(process_cpu_seconds_total[$__rate_interval]))", "{{process}}"),),
            unit="percentunit",
            width=12,
            height=7,
        ),
    ),
)

SERVICE = Board("service", "Rogatory: service", "Processes and interfaces: there, answering, in time; for operators.", "now-3h", (PROCESSES, CALLS, MACHINE))
