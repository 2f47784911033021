"""The board of a head of an authority: what is open, what is late, how long it takes. Readable without knowing the system."""

from deploy.grafana.shapes import Board, Panel, Row, Series

OPEN = "max without (instance, process) (mlat_requests_open)"
OVERDUE = "max without (instance, process) (mlat_requests_overdue)"
WAIT = 'max by (direction, kind) (mlat_turnaround_km_seconds{{quantile="{share}"}})'
FINISHED = 'sum(mlat_request_turnaround_seconds_bucket{{le="{limit}"}}) / sum(mlat_request_turnaround_seconds_count)'

READING = """**Outgoing**: we asked another State. **Incoming**: another State asked us.
A request between two authorities that both work with this system counts on both sides.

**Kinds**: *mla* mutual legal assistance, *eio* European Investigation Order, *eaw* European Arrest Warrant; the others are written out.

**Overdue** means: a time limit of law or agreement has passed and the act is still missing. **Escalation** means: somebody above the desk has been told.

Numbers by country, authority and article are on the page *Delays* of the console; this board never names a State, an authority or a case."""

NOW = Row(
    "Now",
    (
        Panel(
            title="Open requests",
            description="Requests that are not finished: those we sent and those we received.",
            kind="stat",
            series=(Series(f"sum by (direction) ({OPEN})", "{{direction}}"),),
        ),
        Panel(
            title="Overdue",
            description="Open requests with at least one time limit that has passed. Each request counts once, however many limits it has missed.",
            kind="stat",
            series=(Series(f"sum by (direction) ({OVERDUE}) or 0 * sum by (direction) ({OPEN})", "{{direction}}"),),
            limits=(1, None),
            runbooks=("OverdueWithoutEscalation", "NoEscalationAtAll"),
        ),
        Panel(
            title="Next time limit",
            description="When the next time limit of any open request ends, if nothing is done before.",
            kind="stat",
            series=(Series("min(mlat_next_deadline_timestamp_seconds) * 1000"),),
            unit="dateTimeFromNow",
            otherwise="none, or not known",
        ),
        Panel(
            title="Does the account close?",
            description="Open at the beginning of the year, plus new, less finished, must give open now. If it does not, do not publish any figure.",
            kind="stat",
            series=(Series("max(abs(mlat_account_difference))"),),
            limits=(None, 1),
            says={"0": "It closes"},
            otherwise="not known yet",
            runbooks=("AccountDoesNotClose",),
        ),
    ),
)

WAITING = Row(
    "How long it takes",
    (
        Panel(
            title="Half are answered after",
            description="How long we wait for an answer, open ones counted: after this time half of all requests begun in the last two years had their answer.",
            kind="bargauge",
            series=(Series(WAIT.format(share="0.5"), "{{kind}}, {{direction}}"),),
            unit="s",
            width=8,
            height=8,
            otherwise="too few to say",
        ),
        Panel(
            title="Nine in ten are answered after",
            description="The same for nine in ten. Where it is missing, too many are still open for anybody to know it: a bad sign, not a good one.",
            kind="bargauge",
            series=(Series(WAIT.format(share="0.9"), "{{kind}}, {{direction}}"),),
            unit="s",
            width=8,
            height=8,
            otherwise="too few to say, or not reached",
        ),
        Panel(
            title="Of the finished: within 30, 90, 180 days",
            description="Finished requests only. It flatters: the slowest ones are missing as long as they are open. Use the figures beside it to compare.",
            kind="bargauge",
            series=(
                Series(FINISHED.format(limit="2592000.0"), "30 days"),
                Series(FINISHED.format(limit="7776000.0"), "90 days"),
                Series(FINISHED.format(limit="15552000.0"), "180 days"),
            ),
            unit="percentunit",
            width=8,
            height=8,
            otherwise="nothing finished yet",
        ),
    ),
)

COURSE = Row(
    "How it develops",
    (
        Panel(
            title="Open requests by stage",
            description="Where the open requests stand. A stage that grows is where requests wait.",
            kind="timeseries",
            series=(Series(f"sum by (stage) ({OPEN})", "{{stage}}"),),
            width=12,
            height=8,
            stacked=True,
        ),
        Panel(
            title="Overdue requests by kind",
            description="How many requests were overdue at each moment, by their kind.",
            kind="timeseries",
            series=(Series(f"sum by (kind, direction) ({OVERDUE})", "{{kind}}, {{direction}}"),),
            width=12,
            height=8,
        ),
        Panel(
            title="Came in and were finished, a week",
            description="New and finished requests of the seven days before each moment. If new ones stay above finished ones, the pile grows.",
            kind="timeseries",
            series=(
                Series("sum(max without (instance, process) (increase(mlat_requests_received_total[7d])))", "new"),
                Series("sum(max without (instance, process) (increase(mlat_requests_closed_total[7d])))", "finished"),
            ),
            width=12,
            height=8,
        ),
        Panel(
            title="Oldest open request",
            description="Since when the oldest open request of each kind has been waiting.",
            kind="bargauge",
            series=(Series("time() - min by (kind) (mlat_oldest_open_received_timestamp_seconds)", "{{kind}}"),),
            unit="s",
            width=12,
            height=8,
            otherwise="none is open",
        ),
    ),
)

LATE = Row(
    "What is late and who was told",
    (
        Panel(
            title="Time limits that are missed most",
            description="The ten time limits with the most open clocks past their date. The codes are explained in docs/instrument-rows.md.",
            kind="bargauge",
            series=(Series('topk(10, sum by (row) (max without (instance, process) (mlat_clocks{state="overdue"})) > 0)', "{{row}}"),),
            width=12,
            height=8,
            otherwise="none, or not known",
        ),
        Panel(
            title="Escalations by level",
            description="How often somebody was told, since the beginning: 1 the desk, 2 the supervisor too, 3 the head, 4 the liaison level of both sides.",
            kind="stat",
            series=(Series("sum by (level) (max without (instance, process) (mlat_escalations_total))", "level {{level}}"),),
            width=6,
            height=8,
        ),
        Panel(
            title="Told, and nobody has answered",
            description="Time limits that still run, by the highest level that was told, where nobody has acknowledged it or put it off.",
            kind="stat",
            series=(Series("sum by (level) (max without (instance, process) (mla_ladder_unanswered_clocks))", "level {{level}}"),),
            width=6,
            height=8,
            otherwise="not known",
        ),
        Panel(
            title="How fresh these figures are",
            description="Everything recorded up to this long ago is in the figures of this board.",
            kind="stat",
            series=(Series("time() - max(mlat_figures_watermark_timestamp_seconds)"),),
            unit="s",
            limits=(600, 3600),
            width=12,
            height=8,
            runbooks=("FiguresStale",),
        ),
        Panel(
            title="How to read this", description="What the words on this board mean, and what it never shows.", kind="text", width=12, height=8, text=READING
        ),
    ),
)

BUSINESS = Board(
    "business", "Rogatory: requests", "What is open, what is late and how long it takes; for heads of authorities.", "now-90d", (NOW, WAITING, COURSE, LATE)
)
