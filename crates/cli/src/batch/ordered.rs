//! Work on all cores, with the answers in the order of the questions.

use std::io;
use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many questions wait for each core: enough that none runs out while one of them takes long.
const AHEAD: usize = 4;

/// Where questions are put.
pub(super) struct Questions<'g, J, A> {
    jobs: Sender<(J, SyncSender<A>)>,
    answers: SyncSender<(Receiver<A>, usize)>,
    gate: &'g Gate,
}

impl<J, A> Questions<'_, J, A> {
    /// Puts a question that takes so much room, once there is so much; whether anybody still wants the answer.
    pub(super) fn ask(&self, job: J, size: usize) -> bool {
        self.gate.enter(size);
        let (sender, receiver) = mpsc::sync_channel(1);
        self.jobs.send((job, sender)).is_ok() && self.answers.send((receiver, size)).is_ok()
    }
}

/// Asks what `ask` asks, has it answered by `answer` on as many threads as there are cores, and gives the answers to `take` in order, with whether another one is there
/// already. What is asked and not taken has at most so much `room`, unless one question alone has more. Where `take` fails nothing more is asked.
pub(super) fn run<J: Send, A: Send, E: Send>(
    room: usize,
    ask: impl FnOnce(Questions<'_, J, A>) -> Result<(), E> + Send,
    answer: impl Fn(J) -> A + Sync,
    mut take: impl FnMut(A, bool) -> Result<(), E>,
    no_threads: impl FnOnce(io::Error) -> E,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let gate = Gate::new(room);
    let (jobs, given) = mpsc::channel::<(J, SyncSender<A>)>();
    let (answers, coming) = mpsc::sync_channel(cores * AHEAD);
    let given = Mutex::new(given);
    thread::scope(|scope| {
        let work = || {
            loop {
                // Whoever has the lock waits for the next question; the others wait for the lock.
                let job = lock(&given).recv();
                let Ok((job, to)) = job else { break };
                // Where nobody wants answers any longer, the rest is for nothing.
                let _ = to.send(answer(job));
            }
        };
        // One that asks and one that answers are enough, where the system lets no more start.
        let asking = match thread::Builder::new().spawn_scoped(scope, || ask(Questions { jobs, answers, gate: &gate })) {
            Ok(asking) => asking,
            Err(error) => return Err(no_threads(error)),
        };
        for at in 0..cores {
            match thread::Builder::new().spawn_scoped(scope, work) {
                Err(error) if at == 0 => {
                    drop(coming);
                    gate.open();
                    return Err(no_threads(error));
                }
                Err(_) => break,
                Ok(_) => {}
            }
        }
        let mut taken = Ok(());
        let mut next = coming.recv().ok();
        while let (Some((answer, size)), Ok(())) = (next.take(), &taken) {
            // A worker that is gone has said why on standard error, and ends the scope.
            let Ok(answer) = answer.recv() else { break };
            gate.leave(size);
            next = coming.try_recv().ok();
            taken = take(answer, next.is_some());
            if taken.is_ok() {
                next = next.or_else(|| coming.recv().ok());
            }
        }
        drop((next, coming));
        gate.open();
        // A panic there has been shown, and goes on here.
        let asked = asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(asked)
    })
}

/// Lets in as much as there is room for.
struct Gate {
    room: usize,
    inside: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    fn new(room: usize) -> Self {
        Gate { room, inside: Mutex::new(0), left: Condvar::new() }
    }

    fn enter(&self, size: usize) {
        let fits = |inside: &mut usize| *inside == 0 || inside.saturating_add(size) <= self.room;
        let waited = self.left.wait_while(lock(&self.inside), |inside| !fits(inside));
        let mut inside = waited.unwrap_or_else(PoisonError::into_inner);
        *inside = inside.saturating_add(size);
    }

    fn leave(&self, size: usize) {
        let mut inside = lock(&self.inside);
        *inside = inside.saturating_sub(size);
        self.left.notify_one();
    }

    /// For all who come, from now on: their questions go nowhere.
    fn open(&self) {
        *lock(&self.inside) = 0;
        self.left.notify_one();
    }
}

/// No lock here is held over anything that panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let mut answers = Vec::new();
        let ended: Result<(), ()> = run(
            100,
            |questions| {
                (0..500_u64).for_each(|number| assert!(questions.ask(number, number as usize)));
                Ok(())
            },
            |number| (0..number % 7 * 1000).fold(number, |sum, next| std::hint::black_box(sum ^ next ^ next)),
            |answer, _| {
                answers.push(answer);
                Ok(())
            },
            |error| panic!("{error}"),
        );
        assert_eq!((ended, answers), (Ok(()), (0..500).collect::<Vec<u64>>()));
    }

    /// The largest sum of what was asked and not taken, where no question has more than the room.
    #[test]
    fn no_more_is_let_in_than_there_is_room_for() {
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ended: Result<(), ()> = run(
            10,
            |questions| {
                (0..200).for_each(|_| assert!(questions.ask((), 4)));
                Ok(())
            },
            |()| {
                most.fetch_max(inside.fetch_add(4, Ordering::SeqCst) + 4, Ordering::SeqCst);
            },
            |(), _| {
                inside.fetch_sub(4, Ordering::SeqCst);
                Ok(())
            },
            |error| panic!("{error}"),
        );
        assert_eq!(ended, Ok(()));
        // One may be asked between the moment at which its forerunner leaves and that at which it is counted.
        assert!(most.into_inner() <= 12);
    }

    #[test]
    fn nothing_more_is_asked_once_an_answer_cannot_be_taken() {
        let mut taken = 0;
        let ended = run(
            1,
            |questions| {
                let asked = (0..1_000_000).take_while(|number| questions.ask(*number, 1)).count();
                assert!(asked < 1000, "{asked}");
                Ok(())
            },
            |number| number,
            |_, _| {
                taken += 1;
                if taken == 3 { Err("full") } else { Ok(()) }
            },
            |_| "no threads",
        );
        assert_eq!((ended, taken), (Err("full"), 3));
    }

    #[test]
    fn what_ends_the_questions_comes_after_their_answers() {
        let mut taken = 0;
        let ended = run(
            100,
            |questions| {
                (0..7).for_each(|number| assert!(questions.ask(number, 1)));
                Err("torn")
            },
            |number| number,
            |_, _| {
                taken += 1;
                Ok(())
            },
            |_| "no threads",
        );
        assert_eq!((ended, taken), (Err("torn"), 7));
    }
}
