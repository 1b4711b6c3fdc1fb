import ArgumentParser
import PMCommand
import PMRecord

/// A time on the command line: RFC 3339, or a period that ends now.
struct TimeOrPeriod: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        if let timestamp = Timestamp(argument) {
            self.timestamp = timestamp
        } else if let period = Period(argument: argument) {
            timestamp = Timestamp.now().advanced(by: .zero - period.duration)
        } else {
            return nil
        }
    }
}
