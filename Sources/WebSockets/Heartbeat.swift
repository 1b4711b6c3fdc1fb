import CLibwebsockets

/// The silence after which a peer is pinged, and after which its connection is closed. Whole seconds.
package struct Heartbeat: Hashable, Sendable {
    package let ping: Duration
    package let hangUp: Duration

    /// - Parameters:
    ///   - ping: The silence before a PING; at least 1 s. The default is 20 s.
    ///   - hangUp: The silence before the close; at least 1 s more than `ping`. The default is 30 s.
    package init(ping: Duration = .seconds(20), hangUp: Duration = .seconds(30)) {
        precondition(
            ping >= .seconds(1) && hangUp >= ping + .seconds(1), "libwebsockets counts whole seconds")
        self.ping = ping
        self.hangUp = hangUp
    }

    var policy: lws_retry_bo_t {
        var policy = lws_retry_bo_t()
        policy.secs_since_valid_ping = UInt16(clamping: ping.components.seconds)
        policy.secs_since_valid_hangup = UInt16(clamping: hangUp.components.seconds)
        return policy
    }
}
