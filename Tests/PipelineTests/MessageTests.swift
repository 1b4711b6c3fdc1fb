import TestSupport
import Testing

/// Errors about options and settings show a valid value.
struct MessageTests {
    @Test(arguments: ["pm-ingest", "pm-filter", "pm-enrich", "pm-store", "pm-alert"])
    func anInvalidValueIsAnsweredWithAnExample(stage: String) throws {
        let help = try ChildProcess(Executables.path(stage), ["--help"])
        #expect(try help.wait() == .status(0))
        let options = help.output.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("  --"), line.contains("<") else { return nil }
            return line.split(separator: " ").first.map(String.init)
        }
        #expect(options.count > 5)
        var invalid = 0
        for option in options {
            // The last option ends the program before it starts, whatever the value before it.
            let process = try ChildProcess(Executables.path(stage), [option, "%%", "--no-such-option"])
            #expect(try process.wait() == .status(64), "\(option): \(process.errors)")
            guard process.errors.contains("is invalid for") else { continue }
            invalid += 1
            #expect(process.errors.contains("\nFor example: \(option) "), "\(process.errors)")
        }
        #expect(invalid > 2)
    }

    @Test func aSettingOfTheWrongTypeIsNamedWithItsStageAndAnExample() throws {
        for (setting, value) in [
            ("PM_FILTER_MIN_VALUE", "lots"), ("PM_FILTER_WHY", "perhaps"), ("PM_FILTER_SIDE", "UP"),
        ] {
            let process = try ChildProcess(
                Executables.path("pm-filter"), environment: [setting: value], input: .text(""))
            #expect(try process.wait() == .status(64))
            #expect(
                process.errors.hasPrefix(
                    "pm-filter: \(setting) is '\(value)', which is not valid; for example: \(setting)="),
                "\(process.errors)")
        }
    }

    @Test func aMisspeltSubcommandIsGuessed() throws {
        let process = try ChildProcess(Executables.path("pm-store"), ["exprot"])
        #expect(try process.wait() == .status(64))
        #expect(process.errors.contains("Did you mean 'export'?"), "\(process.errors)")
    }

    @Test func aMisspeltSettingIsNamedByTheStageThatReadsIt() throws {
        for (stage, isNamed) in [("pm-store", true), ("pm-filter", false)] {
            let directory = try TemporaryDirectory()
            let arguments = stage == "pm-store" ? ["--database", "sqlite:\(directory.file("t.db"))"] : []
            let process = try ChildProcess(
                Executables.path(stage), arguments, environment: ["PM_STORE_MAX_BACTH": "5"], input: .text("")
            )
            #expect(try process.wait() == .status(0), "\(process.errors)")
            #expect(
                process.errors.contains("did you mean PM_STORE_MAX_BATCH?") == isNamed, "\(process.errors)")
        }
    }

    @Test func aLogKeptWithoutTimesHasTheTimeOfEachLine() throws {
        let process = try ChildProcess(
            Executables.path("pm-filter"), environment: ["PM_LOG_TIME": "1"], input: .text("[\n"))
        #expect(try process.wait() == .status(0))
        let line = /^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z pm-filter: warning: line 1 rejected/
        #expect(process.errors.firstMatch(of: line) != nil, "\(process.errors)")
    }
}
