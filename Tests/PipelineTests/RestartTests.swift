import Glibc
import TestSupport
import Testing

/// Failures, restarts and the end of `scripts/pipeline.sh run`, with shell scripts in place of the stages.
struct RestartTests {
    private let directory = try! TemporaryDirectory()

    /// Writes the scripts. pm-ingest runs until SIGINT, or fails at once while the file `fails` exists. pm-store prints a
    /// cursor unless the file `unavailable` exists. pm-ingest and pm-store log their arguments to the file `calls`.
    private func writeStages() throws {
        for folder in ["bin", "home", "home/journal"] { mkdir(directory.file(folder), 0o700) }
        let log = #"echo "${0##*/} $*" >> "$PM_HOME/calls""#
        try stage(
            "pm-ingest",
            """
            trap 'echo stopped >> "$PM_HOME/calls"; exit 0' INT
            \(log)
            [[ -e $PM_HOME/fails ]] && exit 70
            while :; do sleep 0.05; done
            """)
        for name in ["pm-filter", "pm-enrich"] { try stage(name, "trap : INT; exec cat") }
        try stage(
            "pm-store",
            """
            [[ ${1:-} == cursor ]] || exec cat
            \(log); [[ ! -e $PM_HOME/unavailable ]] || exit 69
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

    private var calls: String { (try? directory.read("home/calls")) ?? "" }

    @Test func aSignalBetweenTwoRunsPreventsTheNext() throws {
        try writeStages()
        try directory.write("", to: "home/fails")
        let script = try script(["run"])
        #expect(eventually { script.errors.contains("starting again in 8 s") })
        let runs = calls.matches(of: /pm-ingest/).count
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(70))
        #expect(calls.matches(of: /pm-ingest/).count == runs)
    }

    @Test func aRestartWaitsForAnUnavailableDatabase() throws {
        try writeStages()
        try directory.write("", to: "home/fails")
        let script = try script(["run"])
        #expect(eventually { script.errors.contains("starting again in 1 s") })
        try directory.write("", to: "home/unavailable")
        #expect(eventually { script.errors.contains("unable to read how far") })
        unlink(directory.file("home/fails"))
        unlink(directory.file("home/unavailable"))
        #expect(eventually { calls.hasSuffix("--after 4\n") })
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(0))
        #expect(calls.hasSuffix("stopped\n"))
    }

    @Test func aSecondRunInTheSameHomeIsRejected() throws {
        try writeStages()
        let first = try script(["run"])
        #expect(eventually { calls.contains("pm-ingest") })
        let second = try script(["run"])
        #expect(try second.wait() == .status(75))
        #expect(second.errors.contains("another pipeline.sh"))
        first.kill(SIGTERM)
        #expect(try first.wait() == .status(0))
    }

    @Test func aJournalKeptLongerThanAlertsAreRememberedIsRejected() throws {
        try writeStages()
        let script = try script(["run"], environment: ["PM_INGEST_KEEP": "7d"])
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("PM_ALERT_REMEMBER"))
    }

    @Test(arguments: ["24", "3x", "-1h", "1.5d"])
    func anInvalidPeriodIsRejectedWithItsName(_ value: String) throws {
        try writeStages()
        let script = try script(["run"], environment: ["PM_INGEST_KEEP": value])
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("PM_INGEST_KEEP=\(value) is not a period"))
    }
}
