import PMJSON
import WebSockets

/// An error of the Data API, version 2: status, code and sentence. Source: docs/POLYMARKET.md, "Data API v2".
struct DataError: Error {
    enum Code: String {
        case invalidRequest = "invalid_request"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case rateLimited = "rate_limited"
        case `internal`
        case requestTimeout = "request_timeout"
        case dependencyUnavailable = "dependency_unavailable"

        var status: Int {
            switch self {
            case .invalidRequest: 400
            case .notFound: 404
            case .methodNotAllowed: 405
            case .rateLimited: 429
            case .internal: 500
            case .requestTimeout, .dependencyUnavailable: 503
            }
        }

        var message: String {
            switch self {
            case .invalidRequest: "invalid request"
            case .notFound: "not found"
            case .methodNotAllowed: "method not allowed"
            case .rateLimited: "too many requests"
            case .internal: "internal error"
            case .requestTimeout: "request timed out"
            case .dependencyUnavailable: "a dependency is unavailable"
            }
        }

        var isRetryable: Bool { self == .rateLimited || status == 503 }
    }

    let code: Code
    let message: String
    let parameter: String?

    init(_ code: Code, _ message: String? = nil, parameter: String? = nil) {
        self.code = code
        self.message = message ?? code.message
        self.parameter = parameter
    }

    static func invalid(_ message: String, _ parameter: String? = nil) -> DataError {
        DataError(.invalidRequest, message, parameter: parameter)
    }

    static func missing(_ parameter: String) -> DataError {
        .invalid("required query param '\(parameter)' not provided", parameter)
    }

    static let cursor = DataError.invalid("invalid cursor")

    func body(trace: String) -> [UInt8] {
        json {
            $0.field("error", message)
            $0.field("code", code.rawValue)
            $0.field("retryable", code.isRetryable)
            $0.field("trace_id", trace)
            if let parameter { $0.field("parameter", parameter) }
        }
    }
}
