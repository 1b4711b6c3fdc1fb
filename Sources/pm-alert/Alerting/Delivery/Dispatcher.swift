import Curl
import PMPipe
import PMRecord

/// Carries alerts to their channels: a queue for each, the errands that are under way, and the ledger they rest on.
///
/// Acts on what each ``ChannelQueue`` decides; one channel's trouble is never another's.
final class Dispatcher {
    struct Line {
        var delivery: ChannelQueue
        var channel: (any Channel)?
    }

    typealias Settled = (settlement: ChannelQueue.Settlement, address: ChannelAddress)

    private let errands: Transport
    private let settings: ChannelSettings
    let log: StageLog
    var ledger: OutboxLog?
    var deadLetters: DeadLetters
    var lines: [ChannelAddress: Line] = [:]
    var figures = DeliveryFigures()

    /// - Parameters:
    ///   - ledger: The path of the file they rest on; they rest on nothing without one.
    ///   - memory: How long it remembers what is settled.
    ///   - deadLetters: That of the file for those that are given up.
    init(
        _ settings: ChannelSettings, ledger: String? = nil, remembering memory: Duration = .zero,
        deadLetters: String? = nil, log: StageLog
    ) throws(StageError) {
        errands = Transport(settings)
        self.settings = settings
        self.deadLetters = try DeadLetters(path: deadLetters, log: log)
        self.log = log
        if let ledger { self.ledger = try OutboxLog(path: ledger, remembering: memory, log: log) }
    }

    /// What an earlier process left in the ledger, once; `nil` without one.
    func takeLegacy() -> OutboxLog.Legacy? { ledger?.takeLegacy() }

    /// Alerts that are not settled yet.
    var pending: Int { lines.values.reduce(0) { $0 + $1.delivery.count } }

    /// When ``work()`` has something to do; `nil` while there is nothing but answers to wait for.
    var deadline: ContinuousClock.Instant? {
        // Nothing leaves while the ledger's disk is full.
        let sendings = isHeldUp ? [] : lines.values.compactMap(\.delivery.deadline)
        return (sendings + [errands.deadline, ledger?.nextTry, deadLetters.deadline].compactMap(\.self)).min()
    }

    /// Whether the ledger's disk is full, so that nothing new is sent or done for good.
    var isHeldUp: Bool { ledger?.nextTry != nil }

    /// Whether no more should be taken on.
    var isFull: Bool { ledger?.isFull ?? false }

    /// Ends a wait from another thread.
    var wakeUp: WakeUp { errands.client.wakeUp }

    /// Waits for answers and for descriptors, in whose order it says what each is ready for.
    func wait(upTo limit: Duration, for interests: [DescriptorInterest] = []) -> [Readiness] {
        errands.client.wait(upTo: limit, for: interests + errands.interests)
    }

    // MARK: Taking on

    /// Notes an alert, and what it is to be told on, before anything else is done about it.
    func note(_ alert: Alert, for channels: [ChannelAddress], clock: Timestamp) {
        ledger?.note(.alert(alert, channels), at: clock)
    }

    /// Notes that an alert that goes nowhere else is on standard output.
    func noteWritten(_ telling: AlertRevision, clock: Timestamp) {
        ledger?.note(.written(telling), at: clock)
    }

    func note(_ mark: Mark, clock: Timestamp) {
        ledger?.note(.mark(mark), at: clock)
    }

    func add(
        _ alert: Alert, to address: ChannelAddress, isLate: Bool, isRedelivery: Bool = false,
        at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Settled] {
        open(address)
        let settlements = lines[address]!.delivery.add(
            alert, isLate: isLate, isRedelivery: isRedelivery, at: now)
        return noted(settlements, address, clock)
    }

    /// Gives an alert up that may have arrived before we died.
    func skip(_ alert: Alert, on address: ChannelAddress, clock: Timestamp) -> [Settled] {
        let settlement = ChannelQueue.Settlement(
            alert: alert, outcome: .dead("in doubt after a crash, and --in-doubt skip was given"),
            attempts: 0,
            reference: nil)
        return noted([settlement], address, clock)
    }

    // MARK: Going on

    /// Remembers what a receiver calls the message of an alert.
    func remember(
        _ reference: String, for id: String, on address: ChannelAddress, at now: ContinuousClock.Instant
    ) {
        open(address)
        lines[address]!.delivery.remember(reference, for: id, at: now)
    }

    /// Sends nothing there before that time.
    func hold(_ address: ChannelAddress, until: Timestamp, at now: ContinuousClock.Instant, clock: Timestamp)
    {
        open(address)
        lines[address]!.delivery.hold(for: clock.duration(to: until), at: now)
    }

    private func open(_ address: ChannelAddress) {
        if lines[address] == nil {
            lines[address] = Line(delivery: ChannelQueue(settings.limits(for: address.kind)))
        }
    }

    // MARK: Working

    /// Takes in the answers that have come, syncs the ledger, and sends what is due.
    func work() throws(StageError) -> [Settled] {
        var settled: [Settled] = []
        let ended = errands.finished()
        // Read after the answers are: a receiver's time runs from when it spoke.
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for (address, end) in ended {
            if end.isInDoubt { lines[address]!.delivery.doubt() }
            settled += settle(address, reply(to: end, from: address, clock), now, clock)
        }
        try deadLetters.flush(at: now)
        if isHeldUp, try !sync(at: now) { return settled }
        let parcels = due(at: now)
        for (parcel, address) in parcels { note(parcel, address, OutboxEntry.attempt, clock) }
        guard try sync(at: now) else {
            for (parcel, address) in parcels { settled += putBack(parcel, address, now, clock) }
            return settled
        }
        for (parcel, address) in parcels { settled += send(parcel, to: address, now, clock) }
        return settled
    }

    private func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        try ledger?.sync(at: now) ?? true
    }

    func note(
        _ parcel: AlertMessage, _ address: ChannelAddress, _ entry: (OutboxEntry.Delivered) -> OutboxEntry,
        _ clock: Timestamp
    ) {
        for alert in parcel.alerts {
            ledger?.note(entry(OutboxEntry.Delivered(alert.telling, address)), at: clock)
        }
    }

    /// Takes back what was about to leave.
    private func putBack(
        _ parcel: AlertMessage, _ address: ChannelAddress, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) -> [Settled] {
        if !parcel.isRedelivery { note(parcel, address, OutboxEntry.failed, clock) }
        return noted(lines[address]!.delivery.settle(.limited(.zero), at: now), address, clock)
    }

    /// Reads every channel's secrets anew when next they are needed, and tries those again that were shut.
    func forgetSecrets() {
        for address in lines.keys {
            lines[address]!.channel = nil
            lines[address]!.delivery.reopen()
        }
    }

    /// Settles what is left as pending, and drops what is under way.
    func abandon(clock: Timestamp) -> [Settled] {
        errands.abandon()
        return lines.keys.flatMap { address in lines[address]!.delivery.abandon().map { ($0, address) } }
    }

    /// Makes all that was noted outlast us.
    ///
    /// - Throws: ``ExitStatus/inputOutput`` where there is no room for it.
    func finish() throws(StageError) {
        let isSynced = try sync(at: ledger?.nextTry ?? .now)
        try deadLetters.flush(at: deadLetters.deadline ?? .now)
        guard isSynced, deadLetters.deadline == nil else {
            throw StageError(.inputOutput, "the disk is full: what became of the last alerts is not kept")
        }
    }

    private func due(at now: ContinuousClock.Instant) -> [(AlertMessage, ChannelAddress)] {
        var room = errands.room
        return lines.keys.compactMap { address in
            let takesRoom = address.kind == .command || address.kind == .email && settings.mailServer == nil
            guard !takesRoom || room > 0, let parcel = lines[address]!.delivery.next(at: now) else {
                return nil
            }
            if takesRoom { room -= 1 }
            return (parcel, address)
        }
    }

    private func send(
        _ parcel: AlertMessage, to address: ChannelAddress, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) -> [Settled] {
        do throws(ChannelError) {
            try errands.start(channel(at: address).errand(for: parcel, clock: clock), for: address)
            return []
        } catch {
            return settle(address, .failed(error.description), now, clock)
        }
    }

    private func channel(at address: ChannelAddress) throws(ChannelError) -> any Channel {
        if let known = lines[address]!.channel { return known }
        let made = try makeChannel(address, settings)
        lines[address]!.channel = made
        return made
    }

    private func reply(to end: Transport.End, from address: ChannelAddress, _ clock: Timestamp) -> Reply {
        switch end {
        case .answer(let response):
            lines[address]!.channel?.reply(to: response, clock: clock)
                ?? commonReply(to: response, clock: clock)
        case .mail(let reply): EmailChannel.reply(to: reply)
        case .failure(let failure):
            switch failure.kind {
            case .invalidRequest, .addressDenied: .refused(failure.message)
            // A certificate lapses and is renewed, and our own clock may be wrong: it is down, for us.
            case .untrusted, .couldNotResolve, .couldNotConnect, .timedOut, .tls, .interrupted, .malformed,
                .tooLarge, .other:
                .failed(failure.message)
            }
        case .program(let failure):
            failure.map { .failed("the program \($0)") } ?? .delivered(reference: nil)
        }
    }
}
