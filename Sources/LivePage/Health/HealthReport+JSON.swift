import PMJSON
import PMRecord

extension HealthReport {
    /// The body of `GET /health`.
    var json: String {
        var writer = JSONWriter()
        write(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The message that viewers get.
    var message: [UInt8] {
        var writer = JSONWriter()
        writer.object { message in
            message.member("type", "health")
            message.key("health")
            write(into: &message)
        }
        return writer.bytes
    }

    private func write(into writer: inout JSONWriter) {
        writer.object { health in
            health.member("status", status.rawValue)
            health.member("uptime_s", uptime.components.seconds)
            health.key("stages")
            health.array { list in
                for stage in stages {
                    list.object { entry in
                        entry.member("stage", stage.name.rawValue)
                        entry.member("lines_in", stage.linesIn)
                        entry.member("lines_out", stage.linesOut)
                        entry.member("last_input_age_s", raw: stage.lastInputAge.map { seconds($0).utf8 })
                        entry.member("lag_s", raw: stage.lag.map { seconds($0).utf8 })
                        entry.member("state", stage.state.rawValue)
                    }
                }
            }
            health.key("feed")
            health.object { feed in
                feed.member("heard_s_ago", raw: silence.map { seconds($0).utf8 })
                guard let median = latencies.first, let worst = latencies.last else { return }
                feed.member("shown_after_s", raw: seconds(median.delay).utf8)
                feed.member("shown_after_s_p99", raw: seconds(worst.delay).utf8)
            }
            health.member("gaps_open", openGaps)
        }
    }
}

/// Returns a duration as a JSON number: seconds with milliseconds, at least 0.
func seconds(_ duration: Duration) -> String {
    Decimal(micros: Int128(max(0, duration.inMilliseconds)) * 1000).description
}
