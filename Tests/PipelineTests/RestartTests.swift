import Glibc
import TestSupport
import Testing

/// How `scripts/pipeline.sh run` falls, waits and stops, with stages that only pretend.
struct RestartTests {
    private let directory = try! TemporaryDirectory()

    /// pm-ingest lives until it is told to stop, or falls at once while `falls` is there; pm-store has a cursor unless
    /// `away` is there. All note what they are asked.
    private func pretend() throws {
        for folder in ["bin", "home", "home/journal"] { mkdir(directory.file(folder), 0o700) }
        let log = #"echo "${0##*/} $*" >> "$PM_HOME/asked""#
        try stage(
            "pm-ingest",
            """
            trap 'echo stopped >> "$PM_HOME/asked"; exit 0' INT
            \(log)
            [[ -e $PM_HOME/falls ]] && exit 70
            while :; do sleep 0.05; done
            """)
        for name in ["pm-filter", "pm-enrich"] { try stage(name, "trap : INT; exec cat") }
        try stage(
            "pm-store",
            """
            [[ ${1:-} == cursor ]] || exec cat
            \(log); [[ ! -e $PM_HOME/away ]] || exit 69
            echo '{"kind":"mark","stream":"s1","seq":5}'
            """)
        try stage(
            "pm-alert",
            #"[[ ${1:-} == cursor ]] && echo '{"kind":"mark","stream":"s1","seq":4}' || exec cat"#)
        try directory.write("s1\n", to: "home/journal/stream")
    }

    private func stage(_ name: String, _ text: String) throws {
        chmod(try directory.write("#!/bin/bash\n\(text)\n", to: "bin/\(name)"), 0o755)
    }

    private func script(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        let settings = ["PM_BIN": directory.file("bin"), "PM_HOME": directory.file("home")]
        return try ChildProcess(
            "\(Executables.packageRoot)/scripts/pipeline.sh", arguments,
            environment: settings.merging(environment) { $1 }.mapValues { $0 })
    }

    private var asked: String { (try? directory.read("home/asked")) ?? "" }

    @Test func toldToStopBetweenTwoRunsItStartsNoOther() throws {
        try pretend()
        try directory.write("", to: "home/falls")
        let script = try script(["run"])
        #expect(eventually { script.errors.contains("starting again in 8 s") })
        let runs = asked.matches(of: /pm-ingest/).count
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(70))
        #expect(asked.matches(of: /pm-ingest/).count == runs)
    }

    @Test func aDatabaseThatIsAwayWhenTheChainFallsIsWaitedFor() throws {
        try pretend()
        try directory.write("", to: "home/falls")
        let script = try script(["run"])
        #expect(eventually { script.errors.contains("starting again in 1 s") })
        try directory.write("", to: "home/away")
        #expect(eventually { script.errors.contains("unable to read how far") })
        unlink(directory.file("home/falls"))
        unlink(directory.file("home/away"))
        #expect(eventually { asked.hasSuffix("--after 4\n") })
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(0))
        #expect(asked.hasSuffix("stopped\n"))
    }

    @Test func onlyOneUsesAHome() throws {
        try pretend()
        let first = try script(["run"])
        #expect(eventually { asked.contains("pm-ingest") })
        let second = try script(["run"])
        #expect(try second.wait() == .status(75))
        #expect(second.errors.contains("another pipeline.sh"))
        first.kill(SIGTERM)
        #expect(try first.wait() == .status(0))
    }

    @Test func aJournalThatReachesBackFurtherThanAlertsAreRememberedIsRefused() throws {
        try pretend()
        let script = try script(["run"], environment: ["PM_INGEST_KEEP": "7d"])
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("PM_ALERT_REMEMBER"))
    }

    @Test(arguments: ["24", "3x", "-1h", "1.5d"])
    func whatIsNoPeriodIsRefusedByName(_ value: String) throws {
        try pretend()
        let script = try script(["run"], environment: ["PM_INGEST_KEEP": value])
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("PM_INGEST_KEEP=\(value) is not a period"))
    }
}
