import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// Hosts that die: publishers, workers and stores. docs/RELAY.md has the matrix.
@Suite(
    "Faults of the hosts",
    .enabled(if: TemporaryCluster.isInstalled, "scripts/nats-server.sh installs the server"))
struct HostFaultTests {
    @Test("one of two ingest hosts dies: the stream has what either has received, once")
    func ingestHostDies() throws {
        let cluster = try TemporaryCluster(size: 1)
        let dying = try cluster.relay(["put", "trades", "--quiet"], input: .pipe)
        let other = try cluster.relay(["put", "trades", "--quiet"], input: .pipe)
        try dying.write(sourceLines(1...1000, stream: "journal-a").asLines)
        try other.write(sourceLines(501...1500, stream: "journal-b").asLines)
        try #require(eventually { try cluster.take("trades").ids.count >= 1000 })
        dying.kill(SIGKILL)
        try other.write(sourceLines(1501...2000, stream: "journal-b").asLines)
        other.closeInput()
        #expect(try other.wait() == .status(0), "\(other.errors)")
        let ids = try cluster.take("trades").ids
        #expect(ids.count == Set(ids).count, "no id twice")
        #expect(Set((501...2000).map(identity)).isSubset(of: ids))
    }

    @Test(
        "put dies at any moment and starts again at its cursor: each line once",
        arguments: [150, 420, 777, 930])
    func putDies(lines count: Int) throws {
        let cluster = try TemporaryCluster(size: 1)
        let put = try cluster.relay(["put", "trades"], input: .pipe, output: .captured)
        try put.write(sourceLines(1...1000).asLines)
        try #require(eventually { put.output.contains(identity(count)) })
        put.kill(SIGKILL)
        _ = try put.wait()
        let cursor =
            try cluster.run(["cursor", "trades"]).firstMatch(of: /"seq":([0-9]+)/).flatMap { Int($0.1) } ?? 0
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(cursor + 1...1200).asLines)
        #expect(try cluster.take("trades").ids.sorted() == (1...1200).map(identity))
    }

    @Test("pm-store dies and resumes at its own cursor: the database has each trade once")
    func storeDies() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...2000).asLines)
        let directory = try TemporaryDirectory()
        let database = "sqlite:" + directory.file("trades.db")
        func cursor() throws -> String {
            let child = try ChildProcess(Executables.path("pm-store"), ["cursor", "--database", database])
            _ = try child.wait()
            return child.output
        }
        for round in 0..<6 {
            try directory.write(round == 0 ? "" : cursor(), to: "cursor")
            let take = Pipeline.Command(
                try Executables.path("pm-relay"),
                ["take", "trades", "--resume", directory.file("cursor")] + (round == 5 ? ["--once"] : [])
                    + cluster.options)
            let store = Pipeline.Command(
                try Executables.path("pm-store"), ["--database", database, "--max-batch", "100", "--quiet"])
            let chain = try Pipeline([take, store])
            if round < 5 {
                let before = round == 0 ? "" : try cursor()
                _ = eventually(within: .seconds(2)) { (try? cursor()) != before }
                chain.tail.kill(SIGKILL)
                chain.head.kill(SIGKILL)
            }
            try chain.wait()
        }
        let export = try ChildProcess(Executables.path("pm-store"), ["export", "--database", database])
        #expect(try export.wait() == .status(0), "\(export.errors)")
        #expect(try TakenLines(export.output).ids.sorted() == (1...2000).map(identity))
    }

    @Test(
        "a worker dies with its command; another takes its lease when that expires, and every line is worked on"
    )
    func workerDies() throws {
        let cluster = try TemporaryCluster(size: 1)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(1...100).asLines)
        let directory = try TemporaryDirectory()
        let relay = try Executables.path("pm-relay")
        let options = cluster.options.joined(separator: " ")
        let work = """
            echo $$ >> \(directory.path)/pids
            \(relay) cursor done \(options) > \(directory.path)/cursor.$$
            \(relay) take trades --resume \(directory.path)/cursor.$$ \(options) | \(relay) put done --quiet \(options)
            """
        func worker() throws -> ChildProcess {
            try cluster.relay(["lease", "work", "--ttl", "3s", "--", "/bin/sh", "-c", work])
        }
        let first = try worker()
        try #require(eventually { try cluster.take("done").ids.count == 100 }, "\(first.errors)")
        let second = try worker()
        first.kill(SIGKILL)
        _ = try cluster.run(["put", "trades", "--quiet"], input: sourceLines(101...200).asLines)
        #expect(eventually { (try? cluster.take("done").ids.count) == 200 }, "\(second.errors)")
        let pids = try directory.read("pids").split(separator: "\n").compactMap { pid_t($0) }
        #expect(pids.count == 2, "the command ran once on each worker")
        #expect(eventually { Glibc.kill(pids[0], 0) != 0 }, "the dead worker's command is gone")
        second.kill(SIGTERM)
        #expect(try second.wait() == .status(75))
        #expect(eventually { Glibc.kill(pids[1], 0) != 0 })
        #expect(try cluster.take("done").ids.sorted() == (1...200).map(identity))
    }

    @Test("of two holders one runs the command; its exit status is passed on, and the lease is free at once")
    func leaseIsExclusive() throws {
        let cluster = try TemporaryCluster(size: 1)
        let directory = try TemporaryDirectory()
        let work =
            "echo start >> \(directory.path)/log; read line < \(directory.path)/go; echo end >> \(directory.path)/log; exit 7"
        mkfifo(directory.file("go"), 0o600)
        let holders = try (0..<2).map { _ in
            try cluster.relay(["lease", "alert", "--", "/bin/sh", "-c", work])
        }
        for round in 1...2 {
            try #require(
                eventually {
                    (try? directory.read("log"))?.split(separator: "\n").count { $0 == "start" } == round
                })
            let pipe = open(directory.file("go"), O_WRONLY)
            _ = write(pipe, "x\n", 2)
            close(pipe)
        }
        #expect(try holders.map { try $0.wait() } == [.status(7), .status(7)])
        #expect(try directory.read("log") == "start\nend\nstart\nend\n")
    }

    @Test("several leases are shared out, and one process gets no more than it wants")
    func leasesAreShared() throws {
        let cluster = try TemporaryCluster(size: 1)
        let directory = try TemporaryDirectory()
        func holder(_ name: String) throws -> ChildProcess {
            try cluster.relay(
                [
                    "lease", "parts", "--of", "4", "--take", "2", "--ttl", "3s", "--", "/bin/sh", "-c",
                    "echo \(name) $PM_LEASE >> \(directory.path)/log; exec sleep 1000",
                ])
        }
        let holders = try [holder("a"), holder("b")]
        #expect(
            eventually { ((try? directory.read("log"))?.split(separator: "\n").count ?? 0) == 4 },
            "\(holders.map(\.errors))")
        let log = try directory.read("log").split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(Set(log.map { $0[1] }) == ["0", "1", "2", "3"])
        #expect(log.count { $0[0] == "a" } == 2)
        for holder in holders { holder.kill(SIGTERM) }
        for holder in holders { #expect(try holder.wait() == .status(75)) }
    }
}
