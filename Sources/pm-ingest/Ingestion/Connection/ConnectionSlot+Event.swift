extension ConnectionSlot {
    enum Event {
        case opened
        case received(ReceivedFrame)
        /// Data of the required type no longer arrives.
        ///
        /// - Parameter silentSince: When it last arrived, where that is known.
        case lost(reason: String, silentSince: ContinuousClock.Instant?)
        /// The service refused a subscription.
        case refused
        /// A new attempt to connect is planned.
        case retrying
    }
}
