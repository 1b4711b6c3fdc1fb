import CCurl

/// Sends HTTP requests and mails and receives their responses, many at a time, on the one thread that calls
/// it.
///
/// The caller's loop starts requests, takes ``finished()``, and then waits once for responses, its own
/// descriptors and its own deadlines together:
///
///     while let deadline = work.deadline {
///         for completion in client.finished() { work.settle(completion) }
///         let ready = client.wait(upTo: deadline - now(), for: [input, output])
///     }
///
/// Only ``wait(upTo:for:)`` blocks; libcurl resolves names on its own threads. Connections are kept and
/// reused.
///
/// The corresponding C interface is libcurl-multi(3).
package final class HTTPClient {
    package struct Options: Sendable {
        /// The largest number of connections, active or idle. Further requests wait, within their own
        /// timeouts. The default is 32.
        package var mostConnections = 32
        /// The largest number of connections to one host. The default is 8.
        package var mostConnectionsPerHost = 8
        package var userAgent = "polymarket-intelligence-worker"
        /// A PEM file of certificates to trust; `nil` for the system's.
        package var certificateFile: String?

        package init() {}
    }

    private let options: Options
    private let multi = MultiHandle()
    private var lastNumber: UInt64 = 0
    private var running: [RequestID: Transfer] = [:]
    private var idle: [Transfer] = []
    private var completions: [HTTPCompletion] = []
    private var mailCompletions: [MailCompletion] = []
    private var watched: [curl_waitfd] = []

    package init(_ options: Options = Options()) {
        self.options = options
        multi.set(CURLMOPT_MAX_TOTAL_CONNECTIONS, options.mostConnections)
        multi.set(CURLMOPT_MAX_HOST_CONNECTIONS, options.mostConnectionsPerHost)
        multi.set(CURLMOPT_MAXCONNECTS, options.mostConnections)
    }

    deinit {
        for transfer in running.values { curl_multi_remove_handle(multi.handle, transfer.handle) }
    }

    /// The number of requests and mails whose completions were not returned yet.
    package var inFlight: Int { running.count + completions.count + mailCompletions.count }

    /// A handle that ends a wait from another thread. It may outlive the client.
    package var wakeUp: WakeUp { WakeUp(multi: multi) }

    /// Starts a request. Never blocks and never fails: ``finished()`` returns the failure of an invalid
    /// request.
    package func start(_ request: HTTPRequest) -> RequestID {
        let id = nextID()
        do throws(HTTPFailure) {
            try start(id) { transfer throws(HTTPFailure) in try transfer.prepare(request, id, options) }
        } catch {
            completions.append(HTTPCompletion(id: id, result: .failure(error)))
        }
        return id
    }

    /// Starts to send a mail. Never blocks and never fails: ``finishedMail()`` returns the failure of an
    /// invalid mail.
    package func start(_ mail: MailRequest) -> RequestID {
        let id = nextID()
        do throws(HTTPFailure) {
            try start(id) { transfer throws(HTTPFailure) in try transfer.prepare(mail, id, options) }
        } catch {
            mailCompletions.append(MailCompletion(id: id, result: .failure(error)))
        }
        return id
    }

    private func nextID() -> RequestID {
        lastNumber += 1
        return RequestID(number: lastNumber)
    }

    private func start(
        _ id: RequestID, _ prepare: (Transfer) throws(HTTPFailure) -> Void
    ) throws(HTTPFailure) {
        let transfer = idle.popLast() ?? Transfer()
        do throws(HTTPFailure) {
            try prepare(transfer)
        } catch {
            recycle(transfer)
            throw error
        }
        let status = curl_multi_add_handle(multi.handle, transfer.handle)
        precondition(status == CURLM_OK, "libcurl is out of memory")
        running[id] = transfer
    }

    /// Cancels a request or a mail, which then has no completion. Does nothing if its completion was
    /// returned.
    package func cancel(_ id: RequestID) {
        completions.removeAll { $0.id == id }
        mailCompletions.removeAll { $0.id == id }
        guard let transfer = running.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi.handle, transfer.handle)
        recycle(transfer)
    }

    /// Waits until a request can proceed, one of `descriptors` is ready, a signal arrives, or ``wakeUp`` is
    /// called, but no longer than `limit`.
    ///
    /// The corresponding C function is `curl_multi_poll`.
    ///
    /// - Returns: The readiness of each of `descriptors`, in the same order.
    package func wait(upTo limit: Duration, for descriptors: [DescriptorInterest] = []) -> [Readiness] {
        watched.removeAll(keepingCapacity: true)
        for interest in descriptors {
            watched.append(
                curl_waitfd(fd: interest.descriptor, events: interest.events.rawValue, revents: 0))
        }
        let milliseconds = completions.isEmpty && mailCompletions.isEmpty ? limit.milliseconds : 0
        let status = curl_multi_poll(
            multi.handle, &watched, UInt32(watched.count), CInt(min(milliseconds, Int(CInt.max))), nil)
        precondition(status == CURLM_OK, "poll(2) is out of memory, or a descriptor is invalid")
        return zip(descriptors, watched).map { Readiness(reported: $1.revents, requested: $0.events) }
    }

    /// Advances all transfers without blocking, and returns the HTTP requests that have ended.
    package func finished() -> [HTTPCompletion] {
        perform()
        defer { completions = [] }
        return completions
    }

    /// Advances all transfers without blocking, and returns the mails whose transfers have ended.
    package func finishedMail() -> [MailCompletion] {
        perform()
        defer { mailCompletions = [] }
        return mailCompletions
    }

    /// Advances all transfers, and collects the completions of those that have ended.
    ///
    /// The corresponding C functions are `curl_multi_perform` and `curl_multi_info_read`.
    private func perform() {
        var stillRunning: CInt = 0
        let status = curl_multi_perform(multi.handle, &stillRunning)
        precondition(status == CURLM_OK, "libcurl is out of memory")
        var messagesLeft: CInt = 0
        while let message = curl_multi_info_read(multi.handle, &messagesLeft) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            // Read the message before the handle is removed, which frees the message.
            let (handle, code) = (message.pointee.easy_handle!, message.pointee.data.result)
            let transfer = Transfer.of(handle)
            curl_multi_remove_handle(multi.handle, handle)
            running[transfer.id] = nil
            if transfer.outgoing == nil {
                completions.append(HTTPCompletion(id: transfer.id, result: transfer.result(code)))
            } else {
                mailCompletions.append(MailCompletion(id: transfer.id, result: transfer.mailResult(code)))
            }
            recycle(transfer)
        }
    }

    private func recycle(_ transfer: Transfer) {
        transfer.clear()
        if idle.count < options.mostConnections { idle.append(transfer) }
    }
}
