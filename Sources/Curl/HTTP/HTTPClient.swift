import CCurl

/// Sends requests and collects answers, many at a time, on the one thread that calls it.
///
/// A loop starts what it has to start, takes ``finished()``, and then waits once for answers, its own descriptors and
/// its own deadlines together:
///
///     while let deadline = work.deadline {
///         for completion in client.finished() { work.settle(completion) }
///         let ready = client.wait(upTo: deadline - now(), for: [input, output])
///     }
///
/// Only ``wait(upTo:for:)`` waits; names are resolved on threads of libcurl's own. Connections are kept and used again.
///
/// The corresponding C interface is libcurl-multi(3).
package final class HTTPClient {
    package struct Options: Sendable {
        /// Connections at a time, open or idle. A request beyond them waits within its own timeout.
        package var mostConnections = 32
        /// Connections at a time to one host. The default is 8.
        package var mostConnectionsPerHost = 8
        package var userAgent = "polymarket-intelligence-worker"
        /// Certificates to trust, in PEM; `nil` for those of the system.
        package var certificateFile: String?

        package init() {}
    }

    private let options: Options
    private let multi = Multi()
    private var lastNumber: UInt64 = 0
    private var running: [RequestID: Transfer] = [:]
    private var idle: [Transfer] = []
    private var refused: [HTTPCompletion] = []
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

    /// Requests that were started and have not been reported by ``finished()``.
    package var inFlight: Int { running.count + refused.count }

    /// Ends a wait from another thread. It may outlive the client.
    package var wakeUp: WakeUp { WakeUp(multi: multi) }

    /// Takes a request on. Never waits and never fails: what is wrong with the request is told by ``finished()``.
    package func start(_ request: HTTPRequest) -> RequestID {
        start { transfer, id throws(HTTPFailure) in try transfer.prepare(request, id, options) }
    }

    /// Takes a message on for a mail server. Its completion is the server's last reply, such as 250 or 550.
    package func start(_ mail: MailRequest) -> RequestID {
        start { transfer, id throws(HTTPFailure) in try transfer.prepare(mail, id, options) }
    }

    private func start(_ prepare: (Transfer, RequestID) throws(HTTPFailure) -> Void) -> RequestID {
        lastNumber += 1
        let id = RequestID(number: lastNumber)
        let transfer = idle.popLast() ?? Transfer()
        do throws(HTTPFailure) {
            try prepare(transfer, id)
            let status = curl_multi_add_handle(multi.handle, transfer.handle)
            precondition(status == CURLM_OK, "libcurl is out of memory")
            running[id] = transfer
        } catch {
            refused.append(HTTPCompletion(id: id, result: .failure(error)))
            recycle(transfer)
        }
        return id
    }

    /// Drops a request: it will not be reported. Does nothing if it has ended already.
    package func cancel(_ id: RequestID) {
        refused.removeAll { $0.id == id }
        guard let transfer = running.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi.handle, transfer.handle)
        recycle(transfer)
    }

    /// Waits until there is something to do for a request or one of `descriptors` is ready, a signal arrives, or
    /// ``wakeUp`` is used, whichever is first; in any case no longer than `limit`.
    ///
    /// The corresponding C function is `curl_multi_poll`.
    ///
    /// - Returns: What each of `descriptors` is ready for, in their order.
    package func wait(upTo limit: Duration, for descriptors: [DescriptorInterest] = []) -> [Readiness] {
        watched.removeAll(keepingCapacity: true)
        for interest in descriptors {
            watched.append(
                curl_waitfd(fd: interest.descriptor, events: interest.events.rawValue, revents: 0))
        }
        let milliseconds = refused.isEmpty ? limit.milliseconds : 0
        let status = curl_multi_poll(
            multi.handle, &watched, UInt32(watched.count), CInt(min(milliseconds, Int(CInt.max))), nil)
        precondition(status == CURLM_OK, "poll(2) is out of memory, or was given a descriptor that is none")
        return zip(descriptors, watched).map { Readiness(reported: $1.revents, asked: $0.events) }
    }

    /// Does all that can be done without waiting, and reports the requests that it ended.
    ///
    /// The corresponding C functions are `curl_multi_perform` and `curl_multi_info_read`.
    package func finished() -> [HTTPCompletion] {
        var completions = refused
        refused.removeAll()
        var stillRunning: CInt = 0
        let status = curl_multi_perform(multi.handle, &stillRunning)
        precondition(status == CURLM_OK, "libcurl is out of memory")
        var messagesLeft: CInt = 0
        while let message = curl_multi_info_read(multi.handle, &messagesLeft) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            // Read before the handle is removed, which frees the message.
            let (handle, code) = (message.pointee.easy_handle!, message.pointee.data.result)
            let transfer = Transfer.behind(handle)
            curl_multi_remove_handle(multi.handle, handle)
            running[transfer.id] = nil
            completions.append(HTTPCompletion(id: transfer.id, result: transfer.result(code)))
            recycle(transfer)
        }
        return completions
    }

    private func recycle(_ transfer: Transfer) {
        transfer.clear()
        if idle.count < options.mostConnections { idle.append(transfer) }
    }
}
