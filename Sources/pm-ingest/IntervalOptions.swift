import ArgumentParser
import Ingestion
import PMCommand

/// The times that pm-ingest keeps, each an option.
struct IntervalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Between two application PINGs.", valueName: "time"))
    var ping = Setting.value("PM_INGEST_PING", default: Period(Intervals().ping))

    @Option(
        help: ArgumentHelp("The first pause between two attempts to connect, at most.", valueName: "time"))
    var backoffLeast = Setting.value("PM_INGEST_BACKOFF_LEAST", default: Period(Intervals().shortestPause))

    @Option(help: ArgumentHelp("The longest pause between two attempts.", valueName: "time"))
    var backoffMost = Setting.value("PM_INGEST_BACKOFF_MOST", default: Period(Intervals().longestPause))

    @Option(
        help: ArgumentHelp("Data must come for so long before failures are forgotten.", valueName: "time"))
    var proof = Setting.value("PM_INGEST_PROOF", default: Period(Intervals().proof))

    @Option(help: ArgumentHelp("Silence that is never held against a feed, however busy.", valueName: "time"))
    var silenceLeast = Setting.value("PM_INGEST_SILENCE_LEAST", default: Period(Watchdog.Bounds().least))

    @Option(help: ArgumentHelp("Silence that always is, however quiet.", valueName: "time"))
    var silenceMost = Setting.value("PM_INGEST_SILENCE_MOST", default: Period(Watchdog.Bounds().most))

    @Option(help: ArgumentHelp("The first data after a subscription comes within this.", valueName: "time"))
    var firstData = Setting.value("PM_INGEST_FIRST_DATA", default: Period(Watchdog.Bounds().first))

    @Option(
        help: ArgumentHelp("A connection is replaced after this, before it can freeze.", valueName: "time"))
    var rotate = Setting.value("PM_INGEST_ROTATE", default: Period(Intervals().rotation))

    @Option(
        help: ArgumentHelp("The new one must hear what the old one hears within this.", valueName: "time"))
    var handover = Setting.value("PM_INGEST_HANDOVER", default: Period(Intervals().handover))

    @Option(help: ArgumentHelp("Between two marks, at most.", valueName: "time"))
    var mark = Setting.value("PM_INGEST_MARK", default: Period(Intervals().mark))

    @Option(help: ArgumentHelp("The Data API is given this to catch up.", valueName: "time"))
    var settle = Setting.value("PM_INGEST_SETTLE", default: Period(Intervals().settling))

    @Option(help: ArgumentHelp("So much more than a gap is read again.", valueName: "time"))
    var margin = Setting.value("PM_INGEST_MARGIN", default: Period(Intervals().margin))

    @Option(
        help: ArgumentHelp("A gap that could not be closed is tried again after this.", valueName: "time"))
    var retryGap = Setting.value("PM_INGEST_RETRY_GAP", default: Period(Intervals().retry))

    @Option(help: ArgumentHelp("A journal that failed is tried again after this.", valueName: "time"))
    var retryJournal = Setting.value("PM_INGEST_RETRY_JOURNAL", default: Period(Intervals().journalRetry))

    @Option(help: ArgumentHelp("Between two checks of a settled minute against the API.", valueName: "time"))
    var audit = Setting.value("PM_INGEST_AUDIT", default: Period(Intervals().audit))

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
        return intervals
    }

    func validate() throws {
        let positive = [
            ping, backoffLeast, backoffMost, proof, silenceLeast, silenceMost, firstData, rotate, handover,
            mark,
            settle, retryGap, retryJournal, audit,
        ]
        guard positive.allSatisfy({ $0.duration > .zero }) else {
            throw ValidationError("an interval must be longer than nothing")
        }
        guard backoffLeast.duration <= backoffMost.duration, silenceLeast.duration <= silenceMost.duration
        else {
            throw ValidationError("what is called least must be no longer than what is called most")
        }
    }
}
