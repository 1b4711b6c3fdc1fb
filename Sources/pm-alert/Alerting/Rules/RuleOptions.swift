/// How alerts are decided on.
package struct RuleOptions: Sendable {
    /// How long a whale's alert waits for the final revision of its trade.
    package var patience = Duration.seconds(3)
    /// For how long a subscriber who does not say is not told again of the same wallet in the same market, unless
    /// the trade is larger than the one told. The default is not to hold back.
    package var cooldown = Duration.zero
    /// How long after a wallet's trade another of it in the same market belongs to the same alert.
    package var burst = Duration.seconds(30)
    /// For how long it is remembered what was told: longer than any journal's replay reaches back.
    package var memory = Duration.seconds(48 * 3600)

    package init() {}
}
