/// Decides for each read which version of the Data API to ask.
///
/// The second version of the order is asked after the first has answered 404, 410 or 501 twice in a row: the
/// route is gone. Once an hour the first is tried again. Other answers, such as 400, 429, 500 or a web page
/// with status 200, say nothing about the route, and never change the version.
package struct VersionPolicy: Sendable {
    package enum Order: String, Sendable, CaseIterable {
        case v2
        case v2ThenV1 = "v2-then-v1"
        case v1ThenV2 = "v1-then-v2"

        var first: DataAPIVersion {
            switch self {
            case .v2, .v2ThenV1: .v2
            case .v1ThenV2: .v1
            }
        }

        var second: DataAPIVersion? {
            switch self {
            case .v2: nil
            case .v2ThenV1: .v1
            case .v1ThenV2: .v2
            }
        }
    }

    /// A change of version, to be logged.
    package struct Change: Sendable, Equatable {
        package enum Reason: Sendable, Equatable {
            /// The first version answered twice with this status.
            case gone(status: Int)
            /// The first version answers again.
            case restored
            /// The second version answered with this status as well.
            case bothGone(status: Int)
        }

        package let resource: DataResource
        package let version: DataAPIVersion
        package let reason: Reason
    }

    private struct State {
        /// Answers of the first version in a row that the route is gone.
        var misses = 0
        var isFallenBack = false
        /// While fallen back, the time to try the first version again; else the time from which falling back
        /// is allowed.
        var next: ContinuousClock.Instant?
    }

    /// The time after which a trial without a clear answer is repeated.
    private static let repetition = Duration.seconds(60)

    private let order: Order
    private let period: Duration
    private var states: [DataResource: State] = [:]

    /// - Parameter period: The time between two trials of the first version. The default is an hour.
    package init(_ order: Order, period: Duration = .seconds(3600)) {
        self.order = order
        self.period = period
    }

    /// Returns the version to ask now.
    package mutating func version(for resource: DataResource, at now: ContinuousClock.Instant)
        -> DataAPIVersion
    {
        guard let second = order.second, let state = states[resource], state.isFallenBack else {
            return order.first
        }
        guard let next = state.next, next <= now else { return second }
        // One request tries the first version. Should its answer get lost, another one does in a minute.
        states[resource]!.next = now + Self.repetition
        return order.first
    }

    /// Returns the version to ask now, without taking up the hourly trial.
    package func version(for resource: DataResource) -> DataAPIVersion {
        states[resource]?.isFallenBack == true ? order.second ?? order.first : order.first
    }

    /// Takes note of an answer.
    ///
    /// - Parameter isReadable: True if the answer had the documented form. A web page has not.
    /// - Returns: The change of version that follows.
    package mutating func note(
        status: Int, isReadable: Bool = true, of route: Route, at now: ContinuousClock.Instant
    ) -> Change? {
        guard let second = order.second, let resource = route.dataResource, let version = route.dataVersion
        else {
            return nil
        }
        var state = states[resource] ?? State()
        defer { states[resource] = state }
        let isGone = [404, 410, 501].contains(status)
        if version == second {
            guard isGone, state.isFallenBack else { return nil }
            state = State(next: now + period)
            return Change(resource: resource, version: order.first, reason: .bothGone(status: status))
        }
        guard isGone else {
            state.misses = 0
            guard status == 200, isReadable, state.isFallenBack else { return nil }
            state = State()
            return Change(resource: resource, version: order.first, reason: .restored)
        }
        if state.isFallenBack {
            state.next = now + period
            return nil
        }
        state.misses += 1
        guard state.misses >= 2, state.next.map({ $0 <= now }) ?? true else { return nil }
        state = State(isFallenBack: true, next: now + period)
        return Change(resource: resource, version: second, reason: .gone(status: status))
    }
}

extension VersionPolicy.Change: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .gone(let status):
            "Data API: \(resource.rawValue) answers HTTP \(status) twice; using \(version.rawValue)"
        case .restored: "Data API: \(resource.rawValue) answers again; using \(version.rawValue)"
        case .bothGone(let status):
            "Data API: both versions of \(resource.rawValue) answer as gone, HTTP \(status); using \(version.rawValue)"
        }
    }
}
