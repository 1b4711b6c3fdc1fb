import Glibc
import PMJSON

/// The exchange simulator as a process of its own, and its controls. Ends with the last reference to it.
///
/// A test target that uses it names `pm-exchange` among its dependencies. Tools/Exchange/README.md says what
/// scenarios and controls there are.
package final class SimulatedExchange: Sendable {
    package let process: ChildProcess
    package let port: Int
    private let addresses: JSON

    /// - Parameters:
    ///   - arguments: As on the command line.
    ///   - scenario: The scenario's JSON.
    package init(_ arguments: [String] = [], scenario: String? = nil) throws {
        var arguments = arguments
        let directory = try scenario.map { text in
            let directory = try TemporaryDirectory()
            arguments += ["--scenario", try directory.write(text, to: "scenario.json")]
            return directory
        }
        let process = try ChildProcess(
            Executables.path("pm-exchange"), ["serve", "--until-stdin-ends"] + arguments, input: .pipe,
            output: .pipe)
        guard let line = try withExtendedLifetime(directory, { try process.line() }),
            let addresses = try? JSON(line), let port = addresses["port"]?.integer
        else { throw TestFailure("pm-exchange did not say where it listens: \(process.errors)") }
        self.process = process
        self.addresses = addresses
        self.port = port
    }

    /// Where a part of it is: `rtds`, `market`, `gamma`, `data`, `clob`, `polygon`, `hooks` or `control`.
    package func url(_ part: String) -> String { addresses[part]?.string ?? "" }

    package func get(_ target: String, within limit: Duration = patience) throws -> PlainHTTP.Answer {
        try PlainHTTP.request(port: port, target, within: limit)
    }

    @discardableResult
    package func post(
        _ target: String, _ body: String = "", within limit: Duration = patience
    ) throws -> PlainHTTP.Answer {
        try PlainHTTP.request("POST", port: port, target, body: body, within: limit)
    }

    package func json(_ target: String) throws -> JSON { try JSON(get(target).body) }

    // MARK: Controls

    /// Sets faults in place of those there are: one, or an array of them. Fails the test's call if they cannot be.
    package func setFaults(_ json: String) throws { try control("faults", json) }

    /// Tells a webhook's receiver how to answer next.
    package func script(_ receiver: String, _ json: String) throws { try control("hooks/\(receiver)", json) }

    /// What a receiver has got.
    package func received(by receiver: String) throws -> [JSON] {
        try json("/control/hooks/\(receiver)").array ?? []
    }

    package func resume() throws { try control("resume") }
    package func pause() throws { try control("pause") }
    /// Lets no more trades happen by themselves.
    package func finish() throws { try control("finish") }
    package func burst(_ rows: Int) throws { try control("burst?n=\(rows)") }

    /// Lets one trade happen: what is not said of it is drawn. Gives its rows.
    @discardableResult
    package func trade(_ json: String) throws -> [JSON] { try control("trade", json).array ?? [] }

    package func statistics() throws -> JSON { try json("/control/stats") }

    /// Every trade there was, as rows of the Data API, oldest first.
    package func truth(_ parameters: String = "") throws -> [String] {
        try get("/control/truth?\(parameters)").text.split(separator: "\n").map(
            String.init)
    }

    /// Whether the last trade has come and RTDS has told of it.
    package var isFinished: Bool { (try? statistics()["finished"]?.bool) ?? false }

    /// Ends its input, upon which it stops.
    package func stop() throws -> ChildProcess.Exit {
        process.closeInput()
        return try process.wait()
    }

    @discardableResult
    private func control(_ deed: String, _ body: String = "") throws -> JSON {
        let answer = try post("/control/\(deed)", body)
        guard answer.status == 200 else { throw TestFailure("the exchange refused \(deed): \(answer.text)") }
        return try JSON(answer.body)
    }
}
