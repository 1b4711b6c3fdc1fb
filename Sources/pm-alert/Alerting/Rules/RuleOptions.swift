/// The settings of ``Rules``.
package struct RuleOptions: Sendable {
    /// The longest wait of a whale's alert for the final revision of its trade.
    package var patience = Duration.seconds(3)
    /// The default cooldown: no second alert about the same wallet and market within this time, unless the trade is
    /// larger. Zero by default: no cooldown.
    package var cooldown = Duration.zero
    /// The longest pause between two trades of one burst; zero for no bursts.
    package var burst = Duration.seconds(30)
    /// The least score of an informed trade.
    package var informedScore = 70
    /// The time for which issued alerts are remembered: longer than the replay of any journal reaches back.
    package var memory = Duration.seconds(48 * 3600)

    package init() {}
}
