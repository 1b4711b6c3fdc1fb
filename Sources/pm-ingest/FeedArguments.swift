import ArgumentParser
import Ingestion
import PMCommand
import PMRecord
import PolymarketAPI
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

/// The value of `--feed`.
enum FeedChoice: String, ExpressibleByArgument, CaseIterable {
    case activity, market
    /// No feed: the Data API is polled for the trades of the activity feed.
    case api

    var feed: Feed {
        switch self {
        case .activity, .api: .activity
        case .market: .market
        }
    }
}

extension VersionPolicy.Order: ExpressibleByArgument {}

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
