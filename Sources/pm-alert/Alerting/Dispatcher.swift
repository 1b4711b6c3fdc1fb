import HTTP
import PMPipe
import PMRecord

/// Carries alerts to their channels: a queue for each, and the requests that are under way.
///
/// Acts on what each ``Delivery`` decides; one channel's trouble is never another's.
final class Dispatcher {
    private struct Line {
        var delivery = Delivery()
        var channel: (any Channel)?
        var request: RequestID?
    }

    let client: HTTPClient
    private let settings: ChannelSettings
    private let log: StageLog
    private var lines: [ChannelAddress: Line] = [:]
    private var addresses: [RequestID: ChannelAddress] = [:]
    private(set) var figures = Figures()

    /// What the status file says of deliveries.
    struct Figures {
        var delivered = 0
        var dead = 0
        var retried = 0
    }

    typealias Settled = (settlement: Delivery.Settlement, address: ChannelAddress)

    init(_ settings: ChannelSettings, log: StageLog) {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 16
        client = HTTPClient(options)
        self.settings = settings
        self.log = log
    }

    /// Alerts that are not settled yet.
    var pending: Int { lines.values.reduce(0) { $0 + $1.delivery.count } }

    /// When ``work(at:clock:)`` has something to send; `nil` while there is nothing but answers to wait for.
    var deadline: ContinuousClock.Instant? { lines.values.compactMap(\.delivery.deadline).min() }

    func add(_ alert: Alert, to address: ChannelAddress, at now: ContinuousClock.Instant) -> [Settled] {
        noted(lines[address, default: Line()].delivery.add(alert, at: now), address)
    }

    /// Takes in the answers that have come, and sends what is due.
    func work(at now: ContinuousClock.Instant, clock: Timestamp) -> [Settled] {
        var settled: [Settled] = []
        for completion in client.finished() {
            guard let address = addresses.removeValue(forKey: completion.id) else { continue }
            lines[address]!.request = nil
            settled += settle(address, reply(to: completion, address, clock), at: now)
        }
        for address in lines.keys {
            while let parcel = lines[address]!.delivery.next(at: now) {
                settled += send(parcel, to: address, at: now, clock: clock)
            }
        }
        return settled
    }

    /// Reads every channel's secrets anew when next they are needed.
    func forgetSecrets() {
        for address in lines.keys { lines[address]!.channel = nil }
    }

    /// Settles what is left as pending, and drops what is under way.
    func abandon() -> [Settled] {
        for id in addresses.keys { client.cancel(id) }
        addresses = [:]
        return lines.keys.flatMap { address in
            lines[address]!.delivery.abandon().map { ($0, address) }
        }
    }

    private func send(
        _ parcel: Parcel, to address: ChannelAddress, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Settled] {
        do throws(ChannelError) {
            let channel = try channel(at: address)
            let id = client.start(channel.request(for: parcel, clock: clock))
            lines[address]!.request = id
            addresses[id] = address
            return []
        } catch {
            return settle(address, .failed(error.description), at: now)
        }
    }

    private func channel(at address: ChannelAddress) throws(ChannelError) -> any Channel {
        if let known = lines[address]!.channel { return known }
        let made = try makeChannel(address, settings)
        lines[address]!.channel = made
        return made
    }

    private func reply(to completion: HTTPCompletion, _ address: ChannelAddress, _ clock: Timestamp) -> Reply
    {
        switch completion.result {
        case .success(let response):
            lines[address]!.channel?.reply(to: response, clock: clock)
                ?? commonReply(to: response, clock: clock)
        case .failure(let failure):
            failure.isTransient ? .failed(failure.message) : .refused(failure.message)
        }
    }

    private func settle(
        _ address: ChannelAddress, _ reply: Reply, at now: ContinuousClock.Instant
    ) -> [Settled] {
        switch reply {
        case .failed(let reason):
            figures.retried += 1
            log.warning(.delivery, "\(address): \(reason)")
        case .limited:
            figures.retried += 1
            log.debug("\(address): the receiver asks for patience")
        case .delivered, .refused, .closed:
            break
        }
        return noted(lines[address]!.delivery.settle(reply, at: now), address)
    }

    private func noted(_ settlements: [Delivery.Settlement], _ address: ChannelAddress) -> [Settled] {
        for settlement in settlements {
            switch settlement.outcome {
            case .delivered: figures.delivered += 1
            case .dead(let reason):
                figures.dead += 1
                log.error(.delivery, "\(address): alert \(settlement.alert.id) is given up: \(reason)")
            case .pending: break
            }
        }
        return settlements.map { ($0, address) }
    }
}

extension ChannelAddress: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) (\(target))" }
}
