import PMJSON
import PMPipe
import TestSupport
import Testing

struct StageLogTests {
    @Test(
        arguments: [
            ("plain é€🐳", "plain é€🐳"), ("a\u{1B}[2Jb", #"a\u{1b}[2Jb"#), ("a\nb", #"a\u{a}b"#),
            ("\u{9B}", #"\u{9b}"#),
            ("\u{202E}x\u{7F}", #"\u{202e}x\u{7f}"#), ("", ""),
        ])
    func unsafeCharactersAreEscaped(_ text: String, _ expected: String) {
        #expect(shown(text) == expected)
    }

    @Test func errorsAreCountedByCategory() {
        let log = StageLog(stage: "sieve", level: .critical)
        log.error(.api, "never said")
        log.warning(.api, "never said")
        log.count(.database)
        #expect(log.count(of: .api) == 2 && log.count(of: .database) == 1 && log.count(of: .input) == 0)
    }

    private static let hostile =
        #"{"kind":"trade","id":"a\u001b[31m\nb","asset_id":"1","price":0.5,"size":1}"# + "\n[\n"

    @Test func aMessageIsOneLineWithoutControlCharacters() throws {
        let child = try ChildProcess(Executables.path("pm-filter"), ["--why"], input: .text(Self.hostile))
        #expect(try child.wait() == .status(0))
        #expect(
            child.errors == """
                pm-filter: dropped a\\u{1b}[31m\\u{a}b: below_min_value
                pm-filter: warning: line 2 rejected: not a JSON object at byte 0
                pm-filter: warning: 1 line rejected; --rejects FILE keeps them

                """)
    }

    @Test func jsonHasCategoryAndCount() throws {
        let child = try ChildProcess(
            Executables.path("pm-filter"), ["--why", "--log-format", "json"], input: .text(Self.hostile))
        #expect(try child.wait() == .status(0))
        let lines = child.errors.split(separator: "\n")
        try #require(lines.count == 3)
        let (notice, warning) = (try JSON(String(lines[0])), try JSON(String(lines[2])))
        #expect(notice["level"]?.string == "notice" && notice["category"] == nil)
        #expect(notice["message"]?.string == "dropped a\u{1B}[31m\nb: below_min_value")
        #expect(warning["level"]?.string == "warning" && warning["category"]?.string == "input")
        #expect(warning["stage"]?.string == "pm-filter" && warning["count"]?.integer == 1)
        #expect(warning["time"]?.string?.hasSuffix("Z") == true)
        #expect(!child.errors.utf8.contains(0x1B))
    }

    @Test func messagesBelowTheLevelAreDiscarded() throws {
        let child = try ChildProcess(
            Executables.path("pm-filter"), ["--why", "--log-level", "error"], input: .text(Self.hostile))
        #expect(try child.wait() == .status(0))
        #expect(child.errors == "")
    }
}
