import AlertFixtures
import Glibc
import PMJSON
import TestSupport
import Testing

struct SubscribeTests {
    private let directory = try! TemporaryDirectory()

    private func subscribe(_ arguments: String..., environment: [String: String?] = [:]) throws
        -> ChildProcess
    {
        let process = try ChildProcess(
            Executables.path("pm-alert"),
            ["subscribe", "--database", AlertProcess.database(directory), "--name", "ada"] + arguments,
            environment: environment)
        try process.wait()
        return process
    }

    private var channels: [String] {
        let line = try? AlertProcess.run("subscribers", [], in: directory).output
        return (line.flatMap { try? JSON($0) }?["settings"]?.array ?? []).compactMap {
            $0["target"]?.string?.split(separator: "/").last.map(String.init)
        }
    }

    @Test(arguments: [
        ("--webhook-file", "http://example.org/hook", "does not hold an https:// address, such as https://"),
        ("--discord-file", "discord.com/api/webhooks/1/x", "does not hold an https:// address"),
        ("--slack-file", "", "is empty"),
        ("--telegram-file", "12:ab", "needs a bot's token and a chat's id"),
        (
            "--webhook-file", "https://example.org/hook\nwhsec_short",
            "has a key that is not whsec_ and Base 64"
        ),
    ])
    func aChannelThatCannotWorkIsRejected(option: String, secret: String, reason: String) throws {
        let process = try subscribe(option, directory.write(secret + "\n", to: "secret"))
        #expect(process.exit == .status(78))
        #expect(process.errors.contains(reason), "\(process.errors)")
        #expect(channels.isEmpty)
    }

    @Test func aVariableMustBeSet() throws {
        let rejected = try subscribe("--webhook-file", "env:PM_TEST_HOOK")
        #expect(rejected.exit == .status(78))
        #expect(rejected.errors.contains("env:PM_TEST_HOOK is not set"))
        let accepted = try subscribe(
            "--webhook-file", "env:PM_TEST_HOOK", environment: ["PM_TEST_HOOK": "https://example.org/hook"])
        #expect(accepted.exit == .status(0), "\(accepted.errors)")
    }

    @Test func addKeepsTheOtherChannelsAndReplacesAreNamed() throws {
        let one = try directory.write("https://example.org/one\n", to: "one")
        let two = try directory.write("https://example.org/two\n", to: "two")
        _ = try subscribe("--webhook-file", one)
        let added = try subscribe("--add", "--webhook-file", two)
        #expect(!added.errors.contains("replaced"))
        #expect(channels == ["one", "two"])
        let again = try subscribe("--add", "--webhook-file", two, "--min-value", "50000")
        #expect(again.errors.contains("replaced webhook (\(two)) of ada"), "\(again.errors)")
        #expect(channels == ["one", "two"])
        let alone = try subscribe("--webhook-file", two)
        #expect(alone.errors.contains("replaced webhook (\(one)), webhook (\(two)) of ada"))
        #expect(channels == ["two"])
    }

    @Test func aTierThatNoDefaultHasIsWarnedAbout() throws {
        let hook = try directory.write("https://example.org/hook\n", to: "hook")
        let process = try subscribe("--webhook-file", hook, "--tiers", "GOD_WHALE,GOLD_WHALE")
        #expect(process.exit == .status(0))
        #expect(process.errors.contains("no default tier is named GOLD_WHALE"), "\(process.errors)")
        #expect(!process.errors.contains("named GOD_WHALE"))
    }

    @Test(.timeLimit(.minutes(1)))
    func aTestFailsAtTheFirstFailure() throws {
        let receiver = HTTPStub { _ in .reply(500) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let began = ContinuousClock.now
        let process = try AlertProcess.run("test", ["--subscriber", "ada"], in: directory)
        #expect(process.exit == .status(69))
        #expect(receiver.requests.count == 1)
        // The time limit of a test that goes on trying is 30 s.
        #expect(began.duration(to: .now) < .seconds(25))
        #expect(try JSON(process.output)["channels"]?.array?.first?["reason"]?.string == "HTTP 500")
    }

    @Test func explainNamesAChannelThatIsBroken() throws {
        let hook = try directory.write("https://example.org/hook\n", to: "hook")
        _ = try subscribe("--webhook-file", hook)
        unlink(hook)
        let explain = try ChildProcess(
            Executables.path("pm-alert"), ["explain", "--database", AlertProcess.database(directory)],
            input: .text(TradeLine.make().line))
        #expect(try explain.wait() == .status(0))
        let route = try JSON(explain.output)["subscribers"]?.array?.first
        #expect(route?["told"]?.bool == true)
        #expect(route?["channel_fault"]?.string?.contains("No such file") == true, "\(explain.output)")
        #expect(explain.errors.contains("is broken"))
    }
}
