import Glibc
import TestSupport
import Testing

struct TemporaryDirectoryTests {
    @Test func isRemovedWithItsContents() throws {
        var directory: TemporaryDirectory? = try TemporaryDirectory()
        let path = directory!.path
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o755)
        #expect(path.utf8.count < 32)

        let kept = try TemporaryDirectory()
        try kept.write("kept", to: "file")
        mkdir(directory!.file("inner"), 0o700)
        try directory!.write("x", to: "inner/file")
        symlink(kept.path, directory!.file("link"))
        directory = nil
        #expect(access(path, F_OK) != 0)
        #expect(try kept.read("file") == "kept")
    }
}

struct PlacesTests {
    @Test func findsBuiltProducts() throws {
        #expect(access(Executables.packageRoot + "/Package.swift", R_OK) == 0)
        #expect(try Executables.path("pm-filter").hasSuffix("/pm-filter"))
        #expect(throws: TestFailure.self) { try Executables.path("pm-nothing") }
    }

    @Test(.needsSample("gamma_market.jsonl")) func findsTheSamples() {
        #expect(SharedSamples.path("gamma_market.jsonl") != nil)
    }

    @Test(.needsSample("never-recorded.jsonl")) func aTestWithoutItsSampleIsSkipped() {
        Issue.record("must not run")
    }

    @Test func repeatsUntilTrueOrTimedOut() {
        var asked = 0
        #expect(
            eventually {
                asked += 1
                return asked == 3
            })
        #expect(!eventually(within: .milliseconds(10)) { false })
    }
}

@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct TemporaryPostgresTests {
    @Test func aReleasedServerLeavesNothingBehind() throws {
        var server: TemporaryPostgres? = try TemporaryPostgres()
        let folder = String(server!.conninfo().split(separator: " ")[0].dropFirst("host=".count))
        let pid = try pid_t(postmaster(in: folder))
        #expect(kill(pid, 0) == 0)
        server = nil
        #expect(access(folder, F_OK) != 0)
        #expect(eventually { kill(pid, 0) != 0 })  // its parent, init, reaps it a moment later
    }

    @Test func sharesOneServerWithSeparateDatabases() throws {
        let (one, other) = (try TemporaryPostgres.shared(), try TemporaryPostgres.shared())
        #expect(one === other)
        #expect(try one.createDatabase() != other.createDatabase())
    }

    private func postmaster(in folder: String) throws -> pid_t {
        let child = try ChildProcess("/usr/bin/head", ["-n", "1", "\(folder)/data/postmaster.pid"])
        try child.wait()
        return try #require(pid_t(child.output.dropLast()))
    }
}
