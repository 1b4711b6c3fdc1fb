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

    var intervals: Intervals {
        var intervals = Intervals()
        intervals.ping = ping.duration
        intervals.shortestPause = backoffLeast.duration
        intervals.longestPause = backoffMost.duration
        intervals.proof = proof.duration
        return intervals
    }

    func validate() throws {
        let isPositive = [ping, backoffLeast, backoffMost, proof].allSatisfy { $0.duration > .zero }
        guard isPositive, backoffLeast.duration <= backoffMost.duration else {
            throw ValidationError(
                "intervals are longer than nothing, and --backoff-least no longer than --backoff-most")
        }
    }
}
