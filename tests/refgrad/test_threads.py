"""Threads: what may be shared between them."""

import threading

import refgrad as torch


def test_no_contribution_of_a_thread_to_a_shared_leaf_is_lost():
    """NumPy lets other threads run while it adds: without a lock every second round would lose a sum."""
    threads, passes, rounds = 4, 5, 20
    ones = torch.ones(200_000)
    for _ in range(rounds):
        w = torch.zeros(200_000, requires_grad=True)
        ready = threading.Barrier(threads)

        def work(w=w, ready=ready):
            ready.wait()
            for _ in range(passes):
                w.backward(ones)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert w.grad.equal(torch.full((200_000,), float(threads * passes)))
