import Alerting
import ArgumentParser
import PMCommand

/// The options for the decisions on trades.
struct DecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long a whale's alert waits for the enrichment of its trade.", valueName: "time"))
    var wait = Setting.value("PM_ALERT_WAIT", default: Period(.seconds(3)))

    @Option(
        help: ArgumentHelp(
            "Default cooldown: no second alert for the same wallet in the same market within this time, unless the "
                + "trade is larger. (default: 0s)",
            valueName: "time"))
    var cooldown: Period?

    @Option(
        help: ArgumentHelp(
            "Longest pause between trades of one wallet on one side of a market that share an alert; 0s for none.",
            valueName: "time"))
    var burst = Setting.value("PM_ALERT_BURST", default: Period(.seconds(30)))

    @Option(
        help: ArgumentHelp(
            "Least score, from 0 to 100, of an INFORMED_TRADE, for subscribers with that type.",
            valueName: "points"))
    var informedScore = Setting.value("PM_ALERT_INFORMED_SCORE", default: 70)

    var rules: RuleOptions {
        var options = RuleOptions()
        options.patience = wait.duration
        options.cooldown = (cooldown ?? Setting.optional("PM_ALERT_COOLDOWN"))?.duration ?? .zero
        options.burst = burst.duration
        options.informedScore = informedScore
        return options
    }
}
