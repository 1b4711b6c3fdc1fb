/// A message to a receiver: an alert, or a digest of several.
package struct AlertMessage {
    package enum Content {
        case alert(Alert)
        case digest(AlertDigest)
    }

    package let content: Content
    /// The receiver's id of the message to edit; `nil` to send a new one.
    package let edits: String?
    /// True if the receiver may have the message already, because the result of an attempt is unknown.
    package let isRedelivery: Bool

    package init(_ content: Content, edits: String? = nil, isRedelivery: Bool = false) {
        self.content = content
        self.edits = edits
        self.isRedelivery = isRedelivery
    }

    /// - Parameter load: Returns an alert from the outbox.
    /// - Returns: `nil` if the alert cannot be read.
    init?(_ queued: QueuedMessage, load: @escaping (RevisionID) -> Alert?) {
        let content: Content? =
            queued.isDigest
            ? .digest(AlertDigest(queued.alerts, load: load))
            : load(queued.alert.revisionID).map { .alert($0) }
        guard let content else { return nil }
        self.init(content, edits: queued.edits, isRedelivery: queued.isRedelivery)
    }

    /// The note at the top of a message that repeats or follows an earlier one.
    var preface: String? {
        switch (isRedelivery, isFollowUp) {
        case (true, _): "Sent again, because it may not have arrived"
        case (false, true): "Update"
        case (false, false): nil
        }
    }

    /// True if the message is a follow-up that cannot be an edit.
    private var isFollowUp: Bool {
        switch content {
        case .alert(let alert): alert.revision > 0 && edits == nil
        case .digest: false
        }
    }
}
