import ArgumentParser
import Ingestion
import PMCommand
import PMRecord
import WebSockets

/// A WebSocket URL on a command line.
struct FeedAddress: ExpressibleByArgument {
    let url: WebSocketURL

    static func standard(of feed: Feed) -> FeedAddress {
        switch feed {
        case .activity: FeedAddress(argument: Subscription.activityURL)!
        case .market: FeedAddress(argument: Subscription.marketURL)!
        }
    }

    init?(argument: String) {
        guard let url = try? WebSocketURL(argument) else { return nil }
        self.url = url
    }

    var defaultValueDescription: String { url.origin }
}

/// The address of the Data API.
enum DataAddress {
    static let standard = "https://data-api.polymarket.com"
}

/// The value of `--chaos`.
struct ChaosArgument: ExpressibleByArgument {
    let plan: ChaosInjector.Plan

    init?(argument: String) {
        guard let plan = ChaosInjector.Plan(argument, period: { Period(argument: $0)?.duration }) else {
            return nil
        }
        self.plan = plan
    }
}

extension Feed: ExpressibleByArgument {}

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
