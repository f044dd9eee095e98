def test_a(store, second_store):
    store.check_schema()
    print(store.health())
    second_store.check_schema()

def test_b(store): store.check_schema()
def test_c(store): store.check_schema()
def test_d(empty_database_url, open_store):
    open_store(empty_database_url, create=True).upgrade()
def test_s(shared): print(shared)
