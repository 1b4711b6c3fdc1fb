import Glibc
import PMJSON

/// The exchange simulator as a child process, and its controls. It ends when the object is released.
///
/// A test target that uses it names `pm-exchange` among its dependencies. Tools/Exchange/README.md lists the
/// scenarios and controls.
package final class SimulatedExchange: Sendable {
    package let process: ChildProcess
    package let port: Int
    private let addresses: JSON

    /// - Parameters:
    ///   - arguments: The arguments of its command line.
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
        else { throw TestFailure("pm-exchange did not print its addresses: \(process.errors)") }
        self.process = process
        self.addresses = addresses
        self.port = port
    }

    /// Returns the URL of a service: `rtds`, `market`, `gamma`, `data`, `clob`, `polygon`, `hooks` or
    /// `control`.
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

    /// Replaces the faults: by one, or by an array of them.
    package func setFaults(_ json: String) throws { try control("faults", json) }

    /// Sets further faults: one, or an array of them.
    package func addFaults(_ json: String) throws { try control("faults?add=1", json) }

    /// Scripts the next answers of a webhook receiver.
    package func script(_ receiver: String, _ json: String) throws { try control("hooks/\(receiver)", json) }

    /// The deliveries that a webhook receiver has got.
    package func received(by receiver: String) throws -> [JSON] {
        try json("/control/hooks/\(receiver)").array ?? []
    }

    /// Changes the settings that may change at run time, such as `{"v1":"410"}`.
    package func change(_ json: String) throws { try control("settings", json) }

    package func resume() throws { try control("resume") }
    package func pause() throws { try control("pause") }
    /// Stops the generation of trades.
    package func finish() throws { try control("finish") }
    package func burst(_ rows: Int) throws { try control("burst?n=\(rows)") }

    /// Makes one trade, with random values for members that are not given, and returns its rows.
    @discardableResult
    package func trade(_ json: String) throws -> [JSON] { try control("trade", json).array ?? [] }

    package func statistics() throws -> JSON { try json("/control/stats") }

    /// Returns every trade so far as rows of the Data API, oldest first.
    package func truth(_ parameters: String = "") throws -> [String] {
        try get("/control/truth?\(parameters)").text.split(separator: "\n").map(
            String.init)
    }

    /// True if the last trade was made and RTDS has sent it.
    package var isFinished: Bool { (try? statistics()["finished"]?.bool) ?? false }

    /// Closes its input, which stops it.
    package func stop() throws -> ChildProcess.Exit {
        process.closeInput()
        return try process.wait()
    }

    @discardableResult
    private func control(_ action: String, _ body: String = "") throws -> JSON {
        let answer = try post("/control/\(action)", body)
        guard answer.status == 200 else {
            throw TestFailure("the exchange refused \(action): \(answer.text)")
        }
        return try JSON(answer.body)
    }
}
