import Foundation
import PMJSON
import TestSupport
import WebSockets

/// A headless Chromium, controlled by the DevTools protocol over the project's own WebSocket client.
final class Browser {
    static var path: String? {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].lazy
            .compactMap { Executables.installed($0) }.first
    }

    private let directory: TemporaryDirectory
    private let process: ChildProcess
    private let loop: EventLoop
    private var connection: ClientConnection?
    private var answers: [Int: JSON] = [:]
    private var lastCall = 0
    private var session: String?
    /// Entries of the page's log, and its uncaught exceptions.
    private(set) var complaints: [String] = []
    /// The paths that were requested since ``forgetTransfers()``, in order, and the bytes that were received.
    private(set) var requestPaths: [String] = []
    private(set) var bytesReceived = 0

    /// - Parameter arguments: Further command-line arguments.
    init(_ arguments: [String] = []) throws {
        directory = try TemporaryDirectory()
        process = try ChildProcess(
            Self.path ?? "",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                "--user-data-dir=\(directory.path)", "--no-first-run", "--disable-background-networking",
                "--hide-scrollbars",
            ] + arguments + ["about:blank"])
        loop = try EventLoop()
        let process = process
        let hasStarted = eventually {
            process.errors.contains("DevTools listening on ")
        }
        guard hasStarted else { throw TestFailure("chromium did not start: \(process.errors)") }
        let address = process.errors.components(separatedBy: "DevTools listening on ")[1]
            .prefix { !$0.isWhitespace }
        var options = ClientConnection.Options()
        options.longestMessage = 64 << 20
        var hasFailed = false
        connection = try loop.connect(to: WebSocketURL(String(address)), options) { [unowned self] _, event in
            switch event {
            case .opened: break
            case .message(let message): receive(message)
            case .closed, .failed: hasFailed = true
            }
        }
        try loop.run(upTo: patience) { connection?.isOpen == true || hasFailed }
        let target = try call("Target.createTarget", #"{"url":"about:blank"}"#)
        let attached = try call(
            "Target.attachToTarget",
            #"{"targetId":"\#(target["targetId"]?.string ?? "")","flatten":true}"#)
        session = attached["sessionId"]?.string
        _ = try call("Runtime.enable")
        _ = try call("Page.enable")
        _ = try call("Log.enable")
    }

    deinit {
        process.kill(9)
        _ = try? process.wait()
    }

    /// Loads a page; `script` runs before the page's own scripts.
    func open(_ url: String, script: String = "") throws {
        if !script.isEmpty {
            _ = try call("Page.addScriptToEvaluateOnNewDocument", #"{"source":\#(quoted(script))}"#)
        }
        _ = try call("Page.navigate", #"{"url":\#(quoted(url))}"#)
    }

    /// Returns the value of an expression in the page; promises are awaited.
    @discardableResult
    func evaluate(_ expression: String) throws -> JSON {
        let answer = try call(
            "Runtime.evaluate",
            #"{"expression":\#(quoted(expression)),"returnByValue":true,"awaitPromise":true}"#)
        if let exception = answer["exceptionDetails"] { throw TestFailure("\(expression): \(exception)") }
        return answer["result"]?["value"] ?? .null
    }

    /// Waits until an expression is true; returns false if it never was.
    func waits(for expression: String, within limit: Duration = patience) throws -> Bool {
        try eventually(within: limit, every: .milliseconds(20)) {
            try evaluate("Boolean(\(expression))").bool == true
        }
    }

    /// Returns the CPU seconds of the page's main thread so far: for scripts, for styles and layout, and in total. Painting
    /// is done by other threads.
    func cpuTimes() throws -> (script: Double, layout: Double, all: Double) {
        _ = try call("Performance.enable")
        var seconds: [String: Double] = [:]
        for metric in try call("Performance.getMetrics")["metrics"]?.array ?? [] {
            seconds[metric["name"]?.string ?? ""] = metric["value"]?.double
        }
        let layout = seconds["LayoutDuration", default: 0] + seconds["RecalcStyleDuration", default: 0]
        return (seconds["ScriptDuration", default: 0], layout, seconds["TaskDuration", default: 0])
    }

    /// Emulates a slow line from now on, without a cache, and counts what is transferred.
    ///
    /// - Parameter latency: Of each request, in milliseconds.
    func beginOnSlowLine(kilobitsPerSecond: Int, latency: Int) throws {
        _ = try call("Network.enable")
        _ = try call("Network.setCacheDisabled", #"{"cacheDisabled":true}"#)
        let bytes = kilobitsPerSecond * 1000 / 8
        _ = try call(
            "Network.emulateNetworkConditions",
            #"{"offline":false,"latency":\#(latency),"downloadThroughput":\#(bytes),"uploadThroughput":\#(bytes / 2)}"#
        )
    }

    func forgetTransfers() {
        requestPaths = []
        bytesReceived = 0
    }

    /// Lets pages of an origin show notifications.
    func allowNotifications(at origin: String) throws {
        _ = try call("Browser.grantPermissions", #"{"permissions":["notifications"],"origin":"\#(origin)"}"#)
    }

    /// Returns the cookies of the page.
    func cookies() throws -> [JSON] {
        _ = try call("Network.enable")
        return try call("Network.getCookies")["cookies"]?.array ?? []
    }

    /// Adds headers to every request from now on.
    func setHeaders(_ json: String) throws {
        _ = try call("Network.enable")
        _ = try call("Network.setExtraHTTPHeaders", #"{"headers":\#(json)}"#)
    }

    func resize(width: Int, height: Int, isDark: Bool = false, isPhone: Bool = false) throws {
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            #"{"width":\#(width),"height":\#(height),"deviceScaleFactor":\#(isPhone ? 2 : 1),"mobile":\#(isPhone)}"#
        )
        _ = try call(
            "Emulation.setEmulatedMedia",
            #"{"features":[{"name":"prefers-color-scheme","value":"\#(isDark ? "dark" : "light")"}]}"#)
    }

    /// Returns a screenshot of the page, PNG. It is saved if `PM_SCREENSHOTS` names a directory.
    @discardableResult
    func screenshot(_ name: String) throws -> Data {
        let answer = try call("Page.captureScreenshot", #"{"format":"png"}"#)
        guard let text = answer["data"]?.string, let data = Data(base64Encoded: text) else {
            throw TestFailure("no screenshot of \(name)")
        }
        if let folder = ProcessInfo.processInfo.environment["PM_SCREENSHOTS"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try data.write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
        }
        return data
    }

    /// Presses a key, as `KeyboardEvent.key` names it: "j", "Enter", "ArrowDown".
    func press(_ key: String) throws {
        let code = ["Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "Tab": 9, " ": 32][key] ?? 0
        let text = key == "Enter" ? "\r" : key.count == 1 ? key : ""
        let member = text.isEmpty ? "" : #","text":\#(quoted(text))"#
        for type in ["keyDown", "keyUp"] {
            _ = try call(
                "Input.dispatchKeyEvent",
                #"{"type":"\#(type)","key":\#(quoted(key)),"windowsVirtualKeyCode":\#(code)\#(type == "keyDown" ? member : "")}"#
            )
        }
    }

    /// Types into the focused element.
    func type(_ text: String) throws {
        _ = try call("Input.insertText", #"{"text":\#(quoted(text))}"#)
    }

    private func call(_ method: String, _ parameters: String = "{}") throws -> JSON {
        lastCall += 1
        let number = lastCall
        let target = session.map { #","sessionId":"\#($0)""# } ?? ""
        connection?.send(#"{"id":\#(number),"method":"\#(method)","params":\#(parameters)\#(target)}"#)
        try loop.run(upTo: patience) { answers[number] != nil }
        guard let answer = answers.removeValue(forKey: number) else {
            throw TestFailure("no answer to \(method)")
        }
        if let error = answer["error"] { throw TestFailure("\(method): \(error)") }
        return answer["result"] ?? .null
    }

    private func receive(_ message: Message) {
        guard let json = try? JSON(message.text) else { return }
        if let number = json["id"]?.integer {
            answers[number] = json
            return
        }
        let parameters = json["params"]
        switch json["method"]?.string {
        case "Runtime.exceptionThrown", "Log.entryAdded": complaints.append(message.text)
        case "Network.requestWillBeSent":
            let url = URL(string: parameters?["request"]?["url"]?.string ?? "")
            requestPaths.append(url?.path ?? "")
        case "Network.loadingFinished": bytesReceived += Int(parameters?["encodedDataLength"]?.double ?? 0)
        case "Network.webSocketFrameReceived":
            bytesReceived += parameters?["response"]?["payloadData"]?.string?.utf8.count ?? 0
        default: break
        }
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
