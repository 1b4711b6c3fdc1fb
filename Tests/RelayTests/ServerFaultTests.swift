import Glibc
import TestSupport
import Testing

/// Servers of a cluster of three that die, freeze and restart while lines are published. docs/RELAY.md has the matrix.
@Suite(
    "Faults of the servers",
    .enabled(if: TemporaryCluster.isInstalled, "scripts/nats-server.sh installs the server"))
struct ServerFaultTests {
    private static let count = 20_000

    /// Publishes lines as fast as the cluster takes them, with a fault after the first thousand.
    private func publish(
        in cluster: TemporaryCluster, through fault: () throws -> Void, recovery: () throws -> Void = {}
    ) throws {
        let lines = sourceLines(1...Self.count).asLines
        let put = try cluster.relay(["put", "trades"], input: .text(lines))
        try #require(eventually { put.output.contains(identity(1000)) }, "\(put.errors)")
        try fault()
        try recovery()
        #expect(try put.wait() == .status(0), "\(put.errors)")
        #expect(put.output == lines, "lines leave in the order of the input, each once")
    }

    /// Every acknowledged line is in the stream once, and the source's cursor is at its last mark.
    private func verify(_ cluster: TemporaryCluster, _ count: Int = Self.count) throws {
        let taken = try cluster.take("trades")
        #expect(taken.ids.count == count, "each line once")
        #expect(Set(taken.ids) == Set((1...count).map(identity)))
        #expect(taken.seqs == Array(1...count))
        #expect(try cluster.run(["cursor", "trades"]).contains(#""seq":\#(count),"#))
    }

    @Test("the leader of the stream is killed")
    func leaderDies() throws {
        let cluster = try TemporaryCluster()
        try publish(in: cluster, through: { try cluster.kill(try #require(cluster.leader(of: "trades"))) })
        try verify(cluster)
    }

    @Test("a follower is killed")
    func followerDies() throws {
        let cluster = try TemporaryCluster()
        try publish(
            in: cluster,
            through: {
                let leader = try #require(cluster.leader(of: "trades"))
                try cluster.kill((leader + 1) % 3)
            })
        try verify(cluster)
    }

    @Test("the leader freezes, and wakes up when another one leads")
    func leaderFreezes() throws {
        let cluster = try TemporaryCluster()
        var frozen = 0
        try publish(
            in: cluster,
            through: {
                frozen = try #require(cluster.leader(of: "trades"))
                cluster.signal(frozen, SIGSTOP)
            },
            recovery: {
                let another = eventually { cluster.leader(of: "trades") != frozen }
                cluster.signal(frozen, SIGCONT)
                #expect(another, "another server leads")
            })
        try verify(cluster)
    }

    @Test("all three servers are killed, and start again")
    func allDie() throws {
        let cluster = try TemporaryCluster()
        try publish(
            in: cluster, through: { for index in 0..<3 { try cluster.kill(index) } },
            recovery: { for index in 0..<3 { try cluster.start(index) } })
        try verify(cluster)
    }

    @Test("a server is restarted as planned, by SIGUSR2: it hands its leadership over first")
    func plannedRestart() throws {
        let cluster = try TemporaryCluster()
        try publish(
            in: cluster,
            through: { cluster.signal(try #require(cluster.leader(of: "trades")), SIGUSR2) })
        try verify(cluster)
    }

    @Test("a reader goes on where it was when the leader dies, without a line lost or twice")
    func readerSurvives() throws {
        let cluster = try TemporaryCluster()
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...100).asLines)
        let take = try cluster.relay(["take", "trades"], output: .captured)
        try #require(eventually { take.output.contains(identity(100)) }, "\(take.errors)")
        try cluster.kill(try #require(cluster.leader(of: "trades")))
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(101...600).asLines)
        #expect(eventually { take.output.contains(identity(600)) }, "\(take.errors)")
        take.kill(SIGTERM)
        #expect(try take.wait() == .status(0))
        #expect(try TakenLines(take.output).ids == (1...600).map(identity))
    }
}
