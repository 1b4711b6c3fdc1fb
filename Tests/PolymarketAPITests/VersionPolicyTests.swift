import PolymarketAPI
import Testing

struct VersionPolicyTests {
    static let now = ContinuousClock.now

    /// A policy after these answers of the first version, one a second.
    static func policy(
        _ order: VersionPolicy.Order, _ statuses: [Int], of route: Route = .dataV2Trades
    ) -> (policy: VersionPolicy, changes: [VersionPolicy.Change]) {
        var policy = VersionPolicy(order)
        let changes = statuses.enumerated().compactMap { second, status in
            policy.note(status: status, of: route, at: now + .seconds(second))
        }
        return (policy, changes)
    }

    @Test(
        arguments: [
            ([200], .v2), ([404], .v2), ([404, 404], .v1), ([410, 410], .v1), ([501, 404], .v1),
            ([404, 200, 404], .v2), ([404, 429, 404], .v2), ([404, 400, 404, 404], .v1),
            ([400, 400, 400], .v2), ([429, 429, 429], .v2), ([500, 502, 503, 503], .v2),
            ([404, 404, 404, 404], .v1),
        ] as [([Int], DataAPIVersion)])
    func fallsBackAfterTwoAnswersThatTheRouteIsGone(statuses: [Int], version: DataAPIVersion) {
        var (policy, changes) = Self.policy(.v2ThenV1, statuses)
        #expect(policy.version(for: .trades) == version)
        #expect(policy.version(for: .trades, at: Self.now + .seconds(9)) == version)
        #expect(changes.count == (version == .v1 ? 1 : 0))
    }

    @Test(arguments: [
        (VersionPolicy.Order.v2, DataAPIVersion.v2), (.v2ThenV1, .v2), (.v1ThenV2, .v1),
    ])
    func beginsWithTheFirstVersion(order: VersionPolicy.Order, version: DataAPIVersion) {
        #expect(DataResource.allCases.allSatisfy { VersionPolicy(order).version(for: $0) == version })
        #expect(VersionPolicy.Order(rawValue: order.rawValue) == order)
    }

    @Test func withOneVersionThereIsNothingToFallBackTo() {
        let (policy, changes) = Self.policy(.v2, [404, 404, 404])
        #expect(policy.version(for: .trades) == .v2 && changes.isEmpty)
    }

    @Test func theOrderMayBeginWithVersion1() {
        let (policy, changes) = Self.policy(.v1ThenV2, [410, 410], of: .dataTrades)
        #expect(policy.version(for: .trades) == .v2)
        #expect(changes.map(\.description) == ["Data API: trades answers HTTP 410 twice; using v2"])
    }

    @Test func eachReadFallsBackByItself() {
        var (policy, _) = Self.policy(.v2ThenV1, [404, 404])
        #expect(policy.version(for: .positions) == .v2)
        _ = policy.note(status: 404, of: .dataV2Positions, at: Self.now)
        #expect(policy.version(for: .positions) == .v2)
        _ = policy.note(status: 404, of: .dataV2Positions, at: Self.now)
        #expect(policy.version(for: .positions) == .v1 && policy.version(for: .value) == .v2)
    }

    @Test func readsOfOneVersionNeverFallBack() {
        let (_, changes) = Self.policy(.v2ThenV1, [404, 404, 404], of: .dataV2Tokens)
        #expect(changes.isEmpty)
        #expect(Self.policy(.v2ThenV1, [404, 404], of: .gammaEvent).changes.isEmpty)
    }

    /// A CDN answers with a page and status 200.
    @Test func aWebPageIsNoAnswer() {
        var (policy, _) = Self.policy(.v2ThenV1, [404])
        #expect(policy.note(status: 200, isReadable: false, of: .dataV2Trades, at: Self.now) == nil)
        #expect(policy.note(status: 404, of: .dataV2Trades, at: Self.now) == nil)
        #expect(policy.version(for: .trades) == .v2)
    }

    @Test func theFirstVersionIsTriedAgainEachHour() {
        var (policy, _) = Self.policy(.v2ThenV1, [404, 404])  // the second at 1 s
        #expect(policy.version(for: .trades, at: Self.now + .seconds(3600)) == .v1)
        let trial = Self.now + .seconds(3601)
        #expect(policy.version(for: .trades, at: trial) == .v2)
        #expect(policy.version(for: .trades, at: trial) == .v1, "one request tries it")
        #expect(policy.note(status: 404, of: .dataV2Trades, at: trial + .seconds(1)) == nil)
        #expect(policy.version(for: .trades, at: trial + .seconds(3600)) == .v1)
        let second = trial + .seconds(3601)
        #expect(policy.version(for: .trades, at: second) == .v2)
        #expect(
            policy.note(status: 200, of: .dataV2Trades, at: second)?.description
                == "Data API: trades answers again; using v2")
        #expect(policy.version(for: .trades, at: second) == .v2)
    }

    @Test(arguments: [429, 500, nil]) func aTrialWithoutAClearAnswerIsRepeatedInAMinute(status: Int?) {
        var (policy, _) = Self.policy(.v2ThenV1, [404, 404])
        let trial = Self.now + .seconds(3601)
        #expect(policy.version(for: .trades, at: trial) == .v2)
        if let status { #expect(policy.note(status: status, of: .dataV2Trades, at: trial) == nil) }
        #expect(policy.version(for: .trades, at: trial + .seconds(59)) == .v1)
        #expect(policy.version(for: .trades, at: trial + .seconds(60)) == .v2)
    }

    @Test func whereBothVersionsAreGoneTheFirstIsAskedForAnHour() {
        var (policy, _) = Self.policy(.v2ThenV1, [404, 404])
        let change = policy.note(status: 410, of: .dataTrades, at: Self.now + .seconds(2))
        #expect(change?.reason == .bothGone(status: 410) && change?.version == .v2)
        for second in 3...3600 {
            #expect(policy.note(status: 404, of: .dataV2Trades, at: Self.now + .seconds(second)) == nil)
        }
        #expect(policy.version(for: .trades) == .v2)
        #expect(policy.note(status: 404, of: .dataV2Trades, at: Self.now + .seconds(3602)) != nil)
        #expect(policy.version(for: .trades) == .v1)
    }

    @Test func eachResourceHasARouteInBothVersions() {
        for resource in DataResource.allCases {
            let versions = Set(Route.allCases.filter { $0.dataResource == resource }.map(\.dataVersion))
            #expect(versions == [.v1, .v2])
        }
    }
}
