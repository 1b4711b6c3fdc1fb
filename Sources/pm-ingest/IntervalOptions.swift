import ArgumentParser
import Ingestion
import PMCommand

/// The intervals of pm-ingest, as options.
struct IntervalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Interval between two application PINGs.", valueName: "time"))
    var ping = Setting.value("PM_INGEST_PING", default: Period(Intervals().ping))

    @Option(
        help: ArgumentHelp("Longest pause before the first attempt to reconnect.", valueName: "time"))
    var backoffLeast = Setting.value("PM_INGEST_BACKOFF_LEAST", default: Period(Intervals().shortestPause))

    @Option(help: ArgumentHelp("Longest pause before any attempt to reconnect.", valueName: "time"))
    var backoffMost = Setting.value("PM_INGEST_BACKOFF_MOST", default: Period(Intervals().longestPause))

    @Option(
        help: ArgumentHelp("Time of steady data after which the back-off is reset.", valueName: "time"))
    var proof = Setting.value("PM_INGEST_PROOF", default: Period(Intervals().proof))

    @Option(
        help: ArgumentHelp("Shortest silence that counts as a failure, on a busy feed.", valueName: "time"))
    var silenceLeast = Setting.value("PM_INGEST_SILENCE_LEAST", default: Period(Watchdog.Bounds().least))

    @Option(help: ArgumentHelp("Longest silence that is tolerated, on a quiet feed.", valueName: "time"))
    var silenceMost = Setting.value("PM_INGEST_SILENCE_MOST", default: Period(Watchdog.Bounds().most))

    @Option(help: ArgumentHelp("Time limit for the first data after a subscription.", valueName: "time"))
    var firstData = Setting.value("PM_INGEST_FIRST_DATA", default: Period(Watchdog.Bounds().first))

    @Option(
        help: ArgumentHelp("Age at which a connection is replaced, before it can freeze.", valueName: "time"))
    var rotate = Setting.value("PM_INGEST_ROTATE", default: Period(Intervals().rotation))

    @Option(
        help: ArgumentHelp("Time limit for the new connection to receive the same trades.", valueName: "time")
    )
    var handover = Setting.value("PM_INGEST_HANDOVER", default: Period(Intervals().handover))

    @Option(help: ArgumentHelp("Longest interval between two marks.", valueName: "time"))
    var mark = Setting.value("PM_INGEST_MARK", default: Period(Intervals().mark))

    @Option(help: ArgumentHelp("Time for the Data API to catch up with the feed.", valueName: "time"))
    var settle = Setting.value("PM_INGEST_SETTLE", default: Period(Intervals().settling))

    @Option(help: ArgumentHelp("Extra time before a gap that is back-filled too.", valueName: "time"))
    var margin = Setting.value("PM_INGEST_MARGIN", default: Period(Intervals().margin))

    @Option(
        help: ArgumentHelp("Pause before a gap that could not be closed is tried again.", valueName: "time"))
    var retryGap = Setting.value("PM_INGEST_RETRY_GAP", default: Period(Intervals().retry))

    @Option(help: ArgumentHelp("Pause before a journal that failed is tried again.", valueName: "time"))
    var retryJournal = Setting.value("PM_INGEST_RETRY_JOURNAL", default: Period(Intervals().journalRetry))

    @Option(help: ArgumentHelp("Interval between two audits against the Data API.", valueName: "time"))
    var audit = Setting.value("PM_INGEST_AUDIT", default: Period(Intervals().audit))

    @Option(
        help: ArgumentHelp(
            "Time without any feed after which the Data API is polled for trades; 0: never.",
            valueName: "time"
        ))
    var silencePoll = Setting.value("PM_INGEST_SILENCE_POLL", default: PeriodOrNever(Intervals().silencePoll))

    var intervals: Intervals {
        var intervals = Intervals()
        intervals.ping = ping.duration
        intervals.shortestPause = backoffLeast.duration
        intervals.longestPause = backoffMost.duration
        intervals.proof = proof.duration
        intervals.silence.least = silenceLeast.duration
        intervals.silence.most = silenceMost.duration
        intervals.silence.first = firstData.duration
        intervals.rotation = rotate.duration
        intervals.handover = handover.duration
        intervals.mark = mark.duration
        intervals.settling = settle.duration
        intervals.margin = margin.duration
        intervals.retry = retryGap.duration
        intervals.journalRetry = retryJournal.duration
        intervals.audit = audit.duration
        intervals.silencePoll = silencePoll.duration
        return intervals
    }

    func validate() throws {
        let positive = [
            ping, backoffLeast, backoffMost, proof, silenceLeast, silenceMost, firstData, rotate, handover,
            mark,
            settle, retryGap, retryJournal, audit,
        ]
        guard positive.allSatisfy({ $0.duration > .zero }) else {
            throw ValidationError("an interval must be more than 0")
        }
        guard backoffLeast.duration <= backoffMost.duration, silenceLeast.duration <= silenceMost.duration
        else {
            throw ValidationError(
                "--backoff-least and --silence-least must not be longer than --backoff-most and --silence-most"
            )
        }
    }
}

/// A period, or 0 for never.
struct PeriodOrNever: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let duration = argument == "0" ? .zero : Period(argument: argument)?.duration else {
            return nil
        }
        self.duration = duration
    }

    var description: String { duration == .zero ? "0" : Period(duration).description }
    var defaultValueDescription: String { description }
}
