import ArgumentParser
import Ingestion
import PMCommand
import WebSockets

/// A WebSocket URL on a command line.
struct FeedAddress: ExpressibleByArgument {
    let url: WebSocketURL

    static let activity = FeedAddress(argument: Subscription.activityURL)!

    init?(argument: String) {
        guard let url = try? WebSocketURL(argument) else { return nil }
        self.url = url
    }

    var defaultValueDescription: String { url.origin }
}

enum DataAddress {
    static let standard = "https://data-api.polymarket.com"
}

extension ReplaySpeed: ExpressibleByArgument {
    package init?(argument: String) {
        if argument == "max" {
            self = .max
        } else if let factor = Double(argument), factor > 0, factor.isFinite {
            self = .times(factor)
        } else {
            return nil
        }
    }

    package var defaultValueDescription: String {
        switch self {
        case .max: "max"
        case .times(let factor): "\(factor)"
        }
    }
}
