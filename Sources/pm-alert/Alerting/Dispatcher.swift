import HTTP
import PMPipe
import PMRecord

/// Carries alerts to their channels: a queue for each, the errands that are under way, and the ledger they rest on.
///
/// Acts on what each ``Delivery`` decides; one channel's trouble is never another's.
final class Dispatcher {
    private struct Line {
        var delivery: Delivery
        var channel: (any Channel)?
    }

    /// What the status file says of deliveries.
    struct Figures {
        var delivered = 0
        var folded = 0
        var dead = 0
        var retried = 0
        var limited = 0
    }

    typealias Settled = (settlement: Delivery.Settlement, address: ChannelAddress)

    let client: HTTPClient
    private let programs = ProgramRunner()
    private let settings: ChannelSettings
    private let log: StageLog
    private var ledger: Ledger?
    private var deadLetters: DeadLetters
    private var lines: [ChannelAddress: Line] = [:]
    private var requests: [RequestID: ChannelAddress] = [:]
    private var runs: [ProgramRunner.RunID: ChannelAddress] = [:]
    private(set) var figures = Figures()

    init(
        _ settings: ChannelSettings, ledger: consuming Ledger?, deadLetters: consuming DeadLetters,
        log: StageLog
    ) {
        var options = HTTPClient.Options()
        options.mostConnectionsPerHost = 16
        client = HTTPClient(options)
        self.settings = settings
        self.ledger = ledger
        self.deadLetters = deadLetters
        self.log = log
    }

    /// Alerts that are not settled yet.
    var pending: Int { lines.values.reduce(0) { $0 + $1.delivery.count } }

    /// When ``work(at:clock:)`` has something to do; `nil` while there is nothing but answers to wait for.
    var deadline: ContinuousClock.Instant? {
        (lines.values.compactMap(\.delivery.deadline) + [programs.deadline].compactMap(\.self)).min()
    }

    /// What to wait for besides the client's own.
    var interests: [DescriptorInterest] { programs.interests }

    // MARK: Taking on

    /// Notes an alert, and what it is to be told on, before anything else is done about it.
    func note(_ alert: Alert, for channels: [ChannelAddress], clock: Timestamp) {
        ledger?.note(.alert(alert, channels), at: clock)
    }

    func note(_ mark: Mark, clock: Timestamp) {
        ledger?.note(.mark(mark), at: clock)
    }

    func add(
        _ alert: Alert, to address: ChannelAddress, isLate: Bool, isRedelivery: Bool = false,
        at now: ContinuousClock.Instant, clock: Timestamp
    ) throws(StageError) -> [Settled] {
        if lines[address] == nil { lines[address] = Line(delivery: Delivery(limits(for: address))) }
        let settlements = lines[address]!.delivery.add(
            alert, isLate: isLate, isRedelivery: isRedelivery, at: now)
        return try noted(settlements, address, clock)
    }

    /// Gives an alert up that may have arrived before we died.
    func skip(_ alert: Alert, on address: ChannelAddress, clock: Timestamp) throws(StageError) -> [Settled] {
        let settlement = Delivery.Settlement(
            alert: alert, outcome: .dead("in doubt after a crash, and --in-doubt skip was given"), attempts: 0
        )
        return try noted([settlement], address, clock)
    }

    // MARK: Working

    /// Takes in the answers that have come, syncs the ledger, and sends what is due.
    func work(at now: ContinuousClock.Instant, clock: Timestamp) throws(StageError) -> [Settled] {
        var settled: [Settled] = []
        for completion in client.finished() {
            guard let address = requests.removeValue(forKey: completion.id) else { continue }
            settled += try settle(address, reply(to: completion, address, clock), now, clock)
        }
        for (run, failure) in programs.finished(at: now) {
            guard let address = runs.removeValue(forKey: run) else { continue }
            settled += try settle(
                address, failure.map { .failed("the program \($0)") } ?? .delivered(reference: nil), now,
                clock)
        }
        let parcels = due(at: now)
        for (parcel, address) in parcels {
            for alert in parcel.alerts {
                ledger?.note(.attempt(LedgerEntry.Delivered(alert, address)), at: clock)
            }
        }
        try ledger?.sync()
        for (parcel, address) in parcels { settled += try send(parcel, to: address, now, clock) }
        return settled
    }

    /// Reads every channel's secrets anew when next they are needed.
    func forgetSecrets() {
        for address in lines.keys { lines[address]!.channel = nil }
    }

    /// Settles what is left as pending, and drops what is under way.
    func abandon(clock: Timestamp) throws(StageError) -> [Settled] {
        for id in requests.keys { client.cancel(id) }
        programs.killAll()
        (requests, runs) = ([:], [:])
        try ledger?.sync()
        return lines.keys.flatMap { address in lines[address]!.delivery.abandon().map { ($0, address) } }
    }

    private func due(at now: ContinuousClock.Instant) -> [(Parcel, ChannelAddress)] {
        var room = ProgramRunner.most - runs.count
        return lines.keys.compactMap { address in
            let takesRoom = address.kind == .command || address.kind == .email
            guard !takesRoom || room > 0, let parcel = lines[address]!.delivery.next(at: now) else {
                return nil
            }
            if takesRoom { room -= 1 }
            return (parcel, address)
        }
    }

    private func send(
        _ parcel: Parcel, to address: ChannelAddress, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) throws(StageError) -> [Settled] {
        do throws(ChannelError) {
            switch try channel(at: address).errand(for: parcel, clock: clock) {
            case .request(let request): requests[client.start(request)] = address
            case .program(let program): runs[try programs.start(program, at: now)] = address
            }
            return []
        } catch {
            return try settle(address, .failed(error.description), now, clock)
        }
    }

    private func channel(at address: ChannelAddress) throws(ChannelError) -> any Channel {
        if let known = lines[address]!.channel { return known }
        let made = try makeChannel(address, settings)
        lines[address]!.channel = made
        return made
    }

    private func limits(for address: ChannelAddress) -> Delivery.Limits {
        var limits = Delivery.Limits()
        switch address.kind {
        case .telegram, .slack: limits.interval = .seconds(1)
        case .discord, .webhook, .email, .command: break
        }
        return limits
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

    // MARK: Settling

    private func settle(
        _ address: ChannelAddress, _ reply: Reply, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) throws(StageError) -> [Settled] {
        let underWay = lines[address]!.delivery.underWay
        let settlements = lines[address]!.delivery.settle(reply, at: now)
        switch reply {
        case .failed(let reason):
            figures.retried += 1
            log.warning(.delivery, "\(address): \(shown(reason))")
        case .limited:
            figures.limited += 1
            log.debug("\(address): the receiver asks for patience")
        case .delivered, .refused, .closed: break
        }
        if settlements.isEmpty {
            for alert in underWay { ledger?.note(.failed(LedgerEntry.Delivered(alert, address)), at: clock) }
        }
        return try noted(settlements, address, clock)
    }

    private func noted(
        _ settlements: [Delivery.Settlement], _ address: ChannelAddress, _ clock: Timestamp
    ) throws(StageError) -> [Settled] {
        for settlement in settlements {
            let delivered = LedgerEntry.Delivered(settlement.alert, address)
            ledger?.note(.settled(delivered, settlement.outcome), at: clock)
            switch settlement.outcome {
            case .delivered: figures.delivered += 1
            case .folded: figures.folded += 1
            case .replaced, .pending: break
            case .dead(let reason):
                figures.dead += 1
                log.error(.delivery, "\(address): alert \(settlement.alert.id) is given up: \(shown(reason))")
                try deadLetters.add(settlement, address, reason: reason, at: clock)
            }
        }
        return settlements.map { ($0, address) }
    }
}

extension ChannelAddress: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) (\(target))" }
}
