import PMJSON
import PMRecord
import WebSockets

/// One scripted answer of a webhook receiver.
package enum WebhookAnswer: Sendable {
    case answer(CannedResponse, after: Duration)
    case hang
    case reset

    /// Reads a script: an array of statuses (`204`), words (`"hang"`, `"reset"`), and objects as
    /// `{"status":429,"retry_after":0.3,"body":"discord","delay_ms":20}`.
    static func script(_ json: JSON) throws(ScenarioError) -> [WebhookAnswer] {
        var steps: [WebhookAnswer] = []
        for element in json.array ?? [json] { steps.append(try WebhookAnswer(element)) }
        return steps
    }

    private init(_ json: JSON) throws(ScenarioError) {
        switch json {
        case .number: self = .answer(try Self.plain(json.integer ?? 204), after: .zero)
        case .string("hang"): self = .hang
        case .string("reset"): self = .reset
        case .object:
            let reader = try MemberReader(
                json, of: "an answer",
                known: ["status", "retry_after", "wait_ms", "body", "headers", "delay_ms"])
            var refusal = try CannedResponse(reader, status: 204)
            if refusal.status < 300, reader["body"] == nil { refusal.body = .empty }
            self = .answer(refusal, after: try reader.period("delay_ms") ?? .zero)
        default: throw ScenarioError("an answer is a status, hang, reset or an object")
        }
    }

    private static func plain(_ status: Int) throws(ScenarioError) -> CannedResponse {
        guard (100...599).contains(status) else { throw ScenarioError("no such status: \(status)") }
        var refusal = CannedResponse(status: status)
        if status < 300 { refusal.body = .empty }
        return refusal
    }
}

/// The webhook receivers: the deliveries that they got, and the scripts of their answers.
package struct WebhookReceivers {
    package struct Delivery {
        package let time: Timestamp
        package let method: String
        package let path: String
        package let headers: [String: String]
        package let body: [UInt8]
        /// The status answered; `nil` for a hang or a reset.
        package var status: Int?
        /// The wait that the answer asked for.
        package var wait: Duration?
    }

    package private(set) var deliveries: [String: [Delivery]] = [:]
    private var scripts: [String: [WebhookAnswer]] = [:]

    mutating func script(_ name: String, _ steps: [WebhookAnswer]) { scripts[name] = steps }

    mutating func forget(_ name: String) { deliveries[name] = nil }

    /// Records a delivery, and takes the next answer: from the receiver's script, else from that of "*", else 204.
    mutating func take(_ name: String, _ request: Request, at now: Timestamp) -> WebhookAnswer {
        var success = CannedResponse(status: 204)
        success.body = .empty
        var step = WebhookAnswer.answer(success, after: .zero)
        for key in [name, "*"] {
            if let next = scripts[key]?.first {
                scripts[key]?.removeFirst()
                step = next
                break
            }
        }
        var delivery = Delivery(
            time: now, method: request.method,
            path: request.path + (request.query.isEmpty ? "" : "?" + request.query),
            headers: request.headers, body: request.body)
        if case .answer(let refusal, _) = step {
            delivery.status = refusal.status
            if refusal.status >= 400 { delivery.wait = refusal.wait }
        }
        deliveries[name, default: []].append(delivery)
        return step
    }

    /// The response of a step; a success has the form of the service that the path belongs to.
    func response(for step: CannedResponse, _ request: Request, at now: Timestamp) -> Response {
        guard step.status == 204 else { return step.response(at: now, route: "hooks", trace: "") }
        let id = String(1_000 + deliveries.values.reduce(0) { $0 + $1.count })
        if request.path.contains("/sendMessage") || request.path.contains("/editMessageText") {
            return Response(type: "application/json", #"{"ok":true,"result":{"message_id":\#(id)}}"#)
        }
        if request.parameter("wait") == "true" {
            return Response(type: "application/json", #"{"id":"\#(id)","type":0}"#)
        }
        return step.response(at: now, route: "hooks", trace: "")
    }
}
