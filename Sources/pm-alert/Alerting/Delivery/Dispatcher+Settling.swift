import PMPipe
import PMRecord

/// What becomes of an alert, noted in the ledger and said.
extension Dispatcher {
    func settle(
        _ address: ChannelAddress, _ reply: Reply, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) -> [Settled] {
        let parcel = lines[address]!.delivery.underWay
        let settlements = lines[address]!.delivery.settle(reply, at: now)
        figures.count(reply)
        switch reply {
        case .failed(let reason):
            log.warning(.delivery, "\(address): \(shown(reason))")
        case .limited:
            log.debug("\(address): the receiver asks for patience")
        case .vanished:
            log.debug("\(address): the message to edit is gone; it is sent anew")
        case .delivered, .refused, .closed: break
        }
        noteLimit(reply, address, now, clock)
        // What may have arrived once stays in doubt, whatever becomes of a later attempt.
        if settlements.isEmpty, let parcel, !parcel.isRedelivery {
            note(parcel, address, OutboxEntry.failed, clock)
        }
        return noted(settlements, address, clock)
    }

    /// So that a process that comes after us does not ask too early.
    private func noteLimit(
        _ reply: Reply, _ address: ChannelAddress, _ now: ContinuousClock.Instant, _ clock: Timestamp
    ) {
        switch reply {
        case .limited(.some), .delivered(_, pause: .some):
            guard let end = lines[address]!.delivery.closedUntil else { return }
            // A millisecond more than is left, for clocks are read in whole ones.
            ledger?.note(
                .limited(address, until: clock.advanced(by: now.duration(to: end) + .milliseconds(1))),
                at: clock)
        case .limited, .delivered, .vanished, .failed, .refused, .closed: break
        }
    }

    func noted(
        _ settlements: [ChannelQueue.Settlement], _ address: ChannelAddress, _ clock: Timestamp
    ) -> [Settled] {
        for settlement in settlements {
            let delivered = OutboxEntry.Delivered(settlement.alert.telling, address)
            let settled = OutboxEntry.Settled(
                outcome: settlement.outcome, attempts: settlement.attempts, reference: settlement.reference)
            ledger?.note(.settled(delivered, settled), at: clock)
            figures.count(settlement.outcome)
            if case .dead(let reason) = settlement.outcome {
                log.error(.delivery, "\(address): alert \(settlement.alert.id) is given up: \(shown(reason))")
                deadLetters.add(settlement, address, reason: reason, at: clock)
            }
        }
        return settlements.map { ($0, address) }
    }
}
