//! All objects of a database, each once, on all cores: packs by trees of deltas, loose objects one
//! by one, and objects that cannot be read this way with git itself.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use gix_hash::{Kind, ObjectId};
use gix_object::FindHeader as _;

use crate::scan::git::object_set::There;
use crate::scan::git::odb::{Store, what};
use crate::scan::git::pack::{Delta, Forest, Object, ObjectKind, Unpacker, Visitor};
use crate::scan::report::Progress;

/// Loose objects and those that are read one by one are not read into memory when larger than this.
const LARGEST: u64 = 96 << 20;
/// How often progress is reported.
const TICK: Duration = Duration::from_millis(100);
/// How many objects are counted at once.
const SEVERAL: u64 = 64;

/// All objects.
pub(super) struct Sources<'a> {
    store: &'a Store,
    forests: Vec<Forest>,
    loose: Vec<(PathBuf, Vec<ObjectId>)>,
    indexes: Vec<PathBuf>,
    threads: usize,
    /// What could not be opened or listed, and why.
    pub(super) lost: Vec<String>,
    /// Whether a server promised objects that may not have been fetched.
    pub(super) is_partial: bool,
}

/// How much was read.
#[derive(Default)]
pub(super) struct Count {
    pub(super) objects: AtomicU64,
    pub(super) bytes: AtomicU64,
}

/// Which kinds of objects are looked at.
type Wanted<'a> = dyn Fn(ObjectKind) -> bool + Sync + 'a;

/// What all threads take their work from: trees of deltas, then single objects.
#[derive(Default)]
struct Queue {
    /// Of which pack, and which.
    trees: Vec<(usize, u32)>,
    /// In which folder, and which.
    singles: Vec<(usize, ObjectId)>,
    next_tree: AtomicUsize,
    next_single: AtomicUsize,
}

impl Queue {
    fn tree(&self) -> Option<(usize, u32)> {
        self.trees.get(self.next_tree.fetch_add(1, Ordering::Relaxed)).copied()
    }

    fn single(&self) -> Option<(usize, ObjectId)> {
        self.singles.get(self.next_single.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

impl<'a> Sources<'a> {
    /// Opens all packs and lists all loose objects.
    pub(super) fn open(store: &'a Store, threads: usize) -> Self {
        let threads = if threads == 0 {
            thread::available_parallelism().map_or(1, usize::from)
        } else {
            threads
        };
        let mut sources = Self {
            store,
            forests: Vec::new(),
            loose: Vec::new(),
            indexes: Vec::new(),
            threads,
            lost: Vec::new(),
            is_partial: false,
        };
        match store.packs() {
            Ok(packs) => {
                for index in &packs.indexes {
                    match Forest::open(index, store.kind) {
                        Ok(forest) => sources.forests.push(forest),
                        Err(why) => sources.lost.push(format!("{}: {why}", index.display())),
                    }
                }
                sources.indexes = packs.indexes;
                sources.lost.extend(packs.lost);
                sources.is_partial = packs.promise;
            }
            Err(error) => sources.lost.push(format!("the folder with packs: {error}")),
        }
        for folder in &store.folders {
            let mut ids = Vec::new();
            for id in gix_odb::loose::Store::at(folder, store.kind).iter() {
                match id {
                    // Packed as well: seen with the pack.
                    Ok(id) if sources.forests.iter().any(|forest| forest.has(&id)) => {}
                    Ok(id) => ids.push(id),
                    Err(error) => {
                        sources.lost.push(format!("a folder with loose objects: {error}"))
                    }
                }
            }
            sources.loose.push((folder.clone(), ids));
        }
        sources
    }

    /// What is there.
    pub(super) fn there(&self) -> There {
        There::of(&self.indexes, self.store.kind, self.loose.iter().flat_map(|(_, ids)| ids))
    }

    /// Passes all objects of some kinds to visitors, one visitor per thread, and returns them, with
    /// the objects that could not be read.
    pub(super) fn each<V: Visitor + Send>(
        &self,
        wanted: &Wanted<'_>,
        visitor: &(dyn Fn() -> V + Sync),
        count: &Count,
        progress: &dyn Fn(Progress),
    ) -> (Vec<V>, Vec<ObjectId>) {
        let queue = self.queue(wanted);
        let (done, passed_over) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let (sender, receiver) = channel::<()>();
            for _ in 0..self.threads {
                let (sender, queue, done, passed_over) =
                    (sender.clone(), &queue, &done, &passed_over);
                let (forests, loose, kind) = (&self.forests, &self.loose, self.store.kind);
                scope.spawn(move || {
                    let mut counted = Counted::new(visitor(), count);
                    let mut unpacker = Unpacker::default();
                    while let Some((forest, root)) = queue.tree() {
                        unpacker.walk(&forests[forest], root, &mut counted);
                    }
                    while let Some((folder, id)) = queue.single() {
                        unpacked(&loose[folder].0, kind, id, wanted, &mut counted);
                    }
                    counted.tell();
                    if let (Ok(mut done), Ok(mut all)) = (done.lock(), passed_over.lock()) {
                        done.push(counted.visitor);
                        all.extend(counted.passed_over);
                    }
                    drop(sender);
                });
            }
            drop(sender);
            while receiver.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                progress(count.now());
            }
        });
        let mut visitors = done.into_inner().unwrap_or_default();
        let mut open: HashSet<ObjectId> =
            passed_over.into_inner().unwrap_or_default().into_iter().collect();
        open.extend(self.forests.iter().flat_map(|forest| &forest.orphans));
        let mut lost = Vec::new();
        if let Some(visitor) = visitors.first_mut() {
            let mut counted = Counted::new(visitor, count);
            lost = open.into_iter().filter(|id| !self.one(*id, wanted, &mut counted)).collect();
            counted.tell();
        }
        lost.sort_unstable();
        (visitors, lost)
    }

    /// Everything there is to look at of some kinds.
    fn queue(&self, wanted: &Wanted<'_>) -> Queue {
        let mut queue = Queue::default();
        for (number, forest) in self.forests.iter().enumerate() {
            queue.trees.extend(forest.roots(wanted).map(|root| (number, root)));
        }
        for (folder, (_, ids)) in self.loose.iter().enumerate() {
            queue.singles.extend(ids.iter().map(|id| (folder, *id)));
        }
        queue
    }

    /// Reads one object through the whole database, which may have another copy of it; returns
    /// whether it exists.
    fn one<V: Visitor>(
        &self,
        id: ObjectId,
        wanted: &Wanted<'_>,
        visitor: &mut Counted<'_, &mut V>,
    ) -> bool {
        let mut buffer = Vec::new();
        match self.store.odb.try_header(&id) {
            Ok(Some(header)) if !wanted(what(header.kind)) => true,
            Ok(Some(header)) if header.size <= LARGEST => {
                match gix_object::Find::try_find(&self.store.odb, &id, &mut buffer) {
                    Ok(Some(data)) => {
                        visitor.visitor.whole(Object { what: what(data.kind), id: &id }, data.data);
                        visitor.count(data.data);
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

/// Passes on one loose object.
fn unpacked<V: Visitor>(
    folder: &Path,
    kind: Kind,
    id: ObjectId,
    wanted: &Wanted<'_>,
    visitor: &mut Counted<'_, V>,
) {
    let (store, mut buffer) = (gix_odb::loose::Store::at(folder, kind), Vec::new());
    match store.try_header(&id) {
        Ok(Some((_, kind))) if !wanted(what(kind)) => {}
        Ok(Some((size, _))) if size <= LARGEST => match store.try_find(&id, &mut buffer) {
            Ok(Some(data)) => {
                drop(visitor.whole(Object { what: what(data.kind), id: &id }, data.data))
            }
            _ => visitor.passed_over.push(id),
        },
        _ => visitor.passed_over.push(id),
    }
}

impl Count {
    pub(super) fn now(&self) -> Progress {
        Progress {
            files: self.objects.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// A visitor, and what it was shown.
struct Counted<'a, V> {
    visitor: V,
    count: &'a Count,
    /// Objects and bytes that are not counted there yet: threads that write to one place wait for
    /// each other.
    own: (u64, u64),
    passed_over: Vec<ObjectId>,
}

impl<'a, V> Counted<'a, V> {
    fn new(visitor: V, count: &'a Count) -> Self {
        Self { visitor, count, own: (0, 0), passed_over: Vec::new() }
    }

    fn count(&mut self, text: &[u8]) {
        self.own.0 += 1;
        self.own.1 += u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.own.0 >= SEVERAL {
            self.tell();
        }
    }

    /// Adds what was counted here to what all count.
    fn tell(&mut self) {
        let (objects, bytes) = std::mem::take(&mut self.own);
        self.count.objects.fetch_add(objects, Ordering::Relaxed);
        self.count.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl<V: Visitor> Visitor for Counted<'_, V> {
    type Known = V::Known;

    fn whole(&mut self, object: Object<'_>, text: &[u8]) -> V::Known {
        self.count(text);
        self.visitor.whole(object, text)
    }

    fn delta(&mut self, object: Object<'_>, delta: &Delta<'_, V::Known>) -> Option<V::Known> {
        self.count(delta.text);
        self.visitor.delta(object, delta)
    }

    fn brief(&self, what: ObjectKind) -> usize {
        self.visitor.brief(what)
    }

    fn passed_over(&mut self, object: Object<'_>) {
        self.passed_over.push(object.id.to_owned());
    }
}
