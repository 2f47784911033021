"""The board of the way a fact takes: from the log over Kafka into the rows of each service, and on to the people who must be told."""

from deploy.grafana.shapes import Board, Panel, Row, Series

WATERMARK = "max without (instance, process) (mla_projection_watermark_timestamp_seconds)"


def answers(process: str) -> str:
    """0 where every process of that name answers, nothing where one does not: what is not known must not look well."""
    return f'0 * (min(up{{job="rogatory",process=~"{process}"}}) == 1)'


RELAY = Row(
    "From the log to Kafka",
    (
        Panel(
            title="Oldest fact that waits for Kafka",
            description="How old the oldest fact is that was accepted and has not reached Kafka. Lists, mails and figures are behind by at least this.",
            kind="timeseries",
            series=(Series('max by (service) (mla_relay_backlog_age_seconds{service!="metrics"})', "{{service}}"),),
            unit="s",
            width=12,
            height=8,
            runbooks=("RelayBehind",),
        ),
        Panel(
            title="Facts that wait for Kafka",
            description="How many facts were accepted and have not reached Kafka, counted up to ten thousand.",
            kind="timeseries",
            series=(Series('max by (service) (mla_relay_backlog_facts{service!="metrics"})', "{{service}}"),),
            width=6,
            height=8,
        ),
        Panel(
            title="Relays that stopped themselves",
            description="A relay stops when its topic is not as it left it. It waits for a person.",
            kind="stat",
            series=(Series(f"sum(max by (service, reason) (mla_relay_halted)) or {answers('.+-relay')}"),),
            limits=(None, 1),
            says={"0": "none"},
            otherwise="not known",
            width=6,
            height=8,
            runbooks=("RelayHalted",),
        ),
        Panel(
            title="Facts relayed, a second",
            description="How many facts Kafka acknowledged, copies included.",
            kind="timeseries",
            series=(Series("sum by (service, topic) (rate(mla_relay_facts_total[$__rate_interval]))", "{{service}} {{topic}}"),),
            unit="ops",
            width=12,
            height=7,
        ),
        Panel(
            title="Time for one page to Kafka",
            description="Nineteen of twenty pages of facts are acknowledged within this time.",
            kind="timeseries",
            series=(Series("histogram_quantile(0.95, sum by (service, le) (rate(mla_relay_page_seconds_bucket[$__rate_interval]))) > 0", "{{service}}"),),
            unit="s",
            width=12,
            height=7,
        ),
    ),
)

PROJECTIONS = Row(
    "From Kafka to the rows",
    (
        Panel(
            title="How old the rows may be",
            description="Everything older than this is in the rows of the projection; nothing younger is promised.",
            kind="timeseries",
            series=(
                Series(
                    "time() - min by (service, projection) (max without (instance, process) (mla_projection_watermark_timestamp_seconds))", "{{projection}}"
                ),
                Series("time() - max(mlat_figures_watermark_timestamp_seconds)", "figures"),
            ),
            unit="s",
            width=12,
            height=8,
            runbooks=("WatermarkStale", "FiguresStale", "FiguresUnsettled"),
        ),
        Panel(
            title="Records not taken yet",
            description="How many records are in the topics that the projection has not taken.",
            kind="timeseries",
            series=(Series("sum by (service, projection) (max without (instance, process) (mla_projection_lag_records))", "{{service}} {{projection}}"),),
            width=12,
            height=8,
            runbooks=("ProjectionBehind",),
        ),
        Panel(
            title="Requests that wait for a repair",
            description="Requests that stand still in a projection since a fact that could not be read. All others flow.",
            kind="stat",
            series=(Series(f"sum(max by (service, projection) (mla_projection_blocked_streams)) or {answers('.+-api')}"),),
            limits=(1, 10),
            says={"0": "none"},
            otherwise="not known",
            width=6,
            height=7,
            runbooks=("StreamsBlocked",),
        ),
        Panel(
            title="Projections that stopped themselves",
            description="A projection stops when too many facts were put aside at once, most likely after a bad deployment.",
            kind="stat",
            series=(Series(f"sum(max by (service, projection) (mla_projection_halted)) or {answers('.+-project')}"),),
            limits=(None, 1),
            says={"0": "none"},
            otherwise="not known",
            width=6,
            height=7,
            runbooks=("ProjectionHalted",),
        ),
        Panel(
            title="Numbers that are missing",
            description="For how long a projection has waited for a number in a topic; it takes nothing after it in that partition.",
            kind="timeseries",
            series=(Series("max by (projection, topic) (mla_projection_gap_seconds)", "{{projection}} {{topic}}"),),
            unit="s",
            width=6,
            height=7,
            runbooks=("NumberMissing",),
        ),
        Panel(
            title="Facts applied, a second",
            description="How fast each projection takes facts into its rows.",
            kind="timeseries",
            series=(Series("sum by (projection) (rate(mla_projection_facts_total[$__rate_interval]))", "{{projection}}"),),
            unit="ops",
            width=6,
            height=7,
        ),
    ),
)

TELLING = Row(
    "From the rows to the people",
    (
        Panel(
            title="Oldest level that waits",
            description="For how long a level of the ladder has been reached without anybody being told.",
            kind="stat",
            series=(Series(f"(time() - min(mla_ladder_oldest_ready_timestamp_seconds)) or {answers('notifications-api')}"),),
            unit="s",
            limits=(300, 900),
            says={"0": "none waits"},
            otherwise="not known",
            runbooks=("OverdueWithoutEscalation", "NoEscalationAtAll"),
        ),
        Panel(
            title="Oldest lapse that waits",
            description="For how long a lapse that time alone causes has been due without being recorded.",
            kind="stat",
            series=(Series(f"(time() - min(mla_timer_oldest_due_timestamp_seconds)) or {answers('requests-api')}"),),
            unit="s",
            limits=(60, 300),
            says={"0": "none waits"},
            otherwise="not known",
            runbooks=("LapsesLate",),
        ),
        Panel(
            title="Oldest message that is due",
            description="For how long a mail or call has been due that has not gone out.",
            kind="stat",
            series=(Series(f"(time() - min(mla_delivery_oldest_due_timestamp_seconds) > 0) or {answers('notifications-api')}"),),
            unit="s",
            limits=(600, 3600),
            says={"0": "none waits"},
            otherwise="not known",
            runbooks=("DeliveriesWait",),
        ),
        Panel(
            title="Messages given up",
            description="Mails and calls that were given up after all attempts and not sent again since.",
            kind="stat",
            series=(Series('sum by (channel) (max without (instance, process) (mla_deliveries{state="given_up"}))', "{{channel}}"),),
            limits=(1, None),
            otherwise="not known",
            runbooks=("DeliveriesGivenUp",),
        ),
        Panel(
            title="Messages by state",
            description="Mails and calls that wait, are being sent, or were given up. What was delivered or cancelled is not shown.",
            kind="timeseries",
            series=(
                Series(
                    'sum by (channel, state) (max without (instance, process) (mla_deliveries{state=~"waiting|sending|given_up"}))', "{{channel}} {{state}}"
                ),
            ),
            width=24,
            height=8,
        ),
    ),
)

LOG = Row(
    "Whether the log is what was recorded",
    (
        Panel(
            title="Last check of all chains",
            description="How long ago all hash chains were last computed anew; before the first time, how old the first fact is.",
            kind="stat",
            series=(Series("time() - max(mla_chain_unchecked_since_timestamp_seconds)"),),
            unit="s",
            width=12,
            limits=(7 * 86_400, 8 * 86_400),
            otherwise="no facts yet",
            runbooks=("ChainUnchecked",),
        ),
        Panel(
            title="Chains that did not hold",
            description="How many streams held other facts than were recorded when all chains were last computed anew.",
            kind="stat",
            series=(Series("max(mla_chain_broken_streams)"),),
            width=12,
            limits=(None, 1),
            says={"0": "none"},
            otherwise="no facts yet",
            runbooks=("ChainBroken",),
        ),
    ),
)

PIPELINE = Board(
    "pipeline", "Rogatory: pipeline", "The way of a fact: log, Kafka, rows, messages; for operators.", "now-6h", (RELAY, PROJECTIONS, TELLING, LOG)
)
