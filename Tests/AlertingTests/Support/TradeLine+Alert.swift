import AlertFixtures
import Alerting
import PMRecord

extension TradeLine {
    var trade: AlertTrade { AlertTrade(try! Record(bytes))! }
}

extension Decimal {
    static func make(_ text: String) -> Decimal { Decimal(text)! }
}
